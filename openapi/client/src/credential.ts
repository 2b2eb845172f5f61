// How a caller is known.
import { TokenSourceError } from "./no-answer.js";

/**
 * The seconds before a refused token is renewed: after a sign-out or a change of the user, tokens issued up to that second
 * are refused, and the next has to be later.
 */
export const RENEWAL = 1;

/** How a caller is known: what {@link jwt}, {@link bearer} or {@link cookie} answers. */
export interface Credential {
  /** The token to send, unless there is none. */
  token?(): Promise<string | undefined>;
  /** A token instead of this one, which was refused. */
  renew?(refused: string): Promise<string | undefined>;
  /** Drops this token, which was refused: the next call needs another. */
  drop?(refused: string): void;
  /** Given where fetch is to send cookies. */
  readonly cookies?: "include";
}

/** A session token, or what answers one. */
export type SessionToken = string | null | undefined;

/**
 * Better Auth's signed session token, as its `bearer` plugin hands it out in `set-auth-token`. It is sent as it is, and
 * not renewed.
 *
 * @param session The token, or a function that is asked for it before each request. Without one the caller is a guest; what
 * the function throws is the cause of a {@link TokenSourceError}.
 */
export function bearer(session: SessionToken | (() => SessionToken | Promise<SessionToken>)): Credential {
  return {
    token: async () => (typeof session === "function" ? await asked(session) : session) || undefined,
  };
}

async function asked(session: () => SessionToken | Promise<SessionToken>): Promise<SessionToken> {
  try {
    return await session();
  } catch (cause) {
    throw new TokenSourceError(undefined, cause);
  }
}

/**
 * Better Auth's session cookie, which the browser keeps and sends. The API must be on the same site as Better Auth, and
 * the page's origin must be trusted for anything but reading.
 */
export function cookie(): Credential {
  return { cookies: "include" };
}
