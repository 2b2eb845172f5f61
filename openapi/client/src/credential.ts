// How a caller is known.

/** How a caller is known: what {@link jwt}, {@link bearer} or {@link cookie} answers. */
export interface Credential {
  /** The token to send, unless there is none. */
  token?(): Promise<string | undefined>;
  /** A token instead of this one, which was refused. */
  renew?(refused: string): Promise<string | undefined>;
  /** Given where fetch is to send cookies. */
  readonly cookies?: "include";
}

/** A session token, or what answers one. */
export type SessionToken = string | null | undefined;

/**
 * Better Auth's signed session token, as its `bearer` plugin hands it out in `set-auth-token`. It is sent as it is, and
 * not renewed.
 *
 * @param session The token, or a function that is asked for it before each request. Without one the caller is a guest.
 */
export function bearer(session: SessionToken | (() => SessionToken | Promise<SessionToken>)): Credential {
  return {
    token: async () => (typeof session === "function" ? await session() : session) || undefined,
  };
}

/**
 * Better Auth's session cookie, which the browser keeps and sends. The API must be on the same site as Better Auth, and
 * the page's origin must be trusted for anything but reading.
 */
export function cookie(): Credential {
  return { cookies: "include" };
}
