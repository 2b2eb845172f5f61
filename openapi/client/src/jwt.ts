// A JWT of Better Auth's jwt plugin: kept while it is good, fetched anew when it is not.
import { claimsOf } from "./claims.js";
import { RENEWAL, type Credential } from "./credential.js";
import { TokenSourceError } from "./no-answer.js";
import { within } from "./wait.js";

// A token that ends in so many seconds is not sent any more: it is on its way for a while, and clocks differ.
const MARGIN = 5;
// All requests wait for one fetch of a token: one that is never answered would hold them for ever.
const LONGEST_FETCH = 30_000;

/**
 * What a source may answer: a token, none, or what Better Auth makes of it: `authClient.token()` in the browser,
 * `auth.api.getToken()` on its server.
 */
export type TokenAnswer =
  | string
  | null
  | undefined
  | { token: string }
  | { data: { token: string } | null; error: { status: number } | null };

/** Fetches a token from Better Auth. Whatever it throws counts as an outage, unless it has the status 401. */
export type TokenSource = () => TokenAnswer | Promise<TokenAnswer>;

/**
 * Asks Better Auth for the session: `authClient.getSession()` in the browser, `auth.api.getSession()` on its server.
 * Whatever it throws, or answers as an error, counts as an outage.
 */
export type SessionSource = () => unknown;

/** What {@link jwt} answers. */
export class Jwt implements Credential {
  readonly #source: TokenSource;
  readonly #session: SessionSource | undefined;
  #kept: string | undefined;
  #fetching: Promise<string | undefined> | undefined;

  constructor(source: TokenSource, session?: SessionSource) {
    this.#source = source;
    this.#session = session;
  }

  /** The kept token while it is good, else a new one. However many ask for a new one, the source is asked once. */
  async token(): Promise<string | undefined> {
    if (this.#kept !== undefined && !isOver(this.#kept)) return this.#kept;
    return (this.#fetching ??= this.#fetch());
  }

  /**
   * A token instead of this one, which was refused: the kept one, if it is another by now. None where another user has
   * signed in meanwhile, who must not carry out what the first one asked for.
   */
  async renew(refused: string): Promise<string | undefined> {
    if (this.#kept === refused) {
      this.#kept = undefined;
      this.#fetching ??= this.#fetch(RENEWAL * 1000);
    }
    const newer = await this.token();
    return newer !== undefined && claimsOf(newer).sub === claimsOf(refused).sub ? newer : undefined;
  }

  /** Drops this token, if it is kept. */
  drop(refused: string): void {
    if (this.#kept === refused) this.#kept = undefined;
  }

  /** Drops the kept token. To be called after a sign-out, and when another user has signed in. */
  forget(): void {
    this.#kept = undefined;
    this.#fetching = undefined;
  }

  #fetch(after = 0): Promise<string | undefined> {
    const delay = after > 0 ? new Promise((resolve) => setTimeout(resolve, after)) : Promise.resolve();
    const fetching = delay
      .then(() => ask(this.#source, this.#session))
      .then((token) => {
        // Unless it was forgotten while it was fetched.
        if (this.#fetching === fetching) this.#kept = token;
        return token;
      })
      .finally(() => {
        if (this.#fetching === fetching) this.#fetching = undefined;
      });
    return fetching;
  }
}

/**
 * A JWT: `jwt(() => authClient.token(), () => authClient.getSession())`.
 *
 * @param source Asked for a token before the first request, when the kept one has expired, and once when it is refused.
 * While it answers none, as after a sign-out, requests go out as a guest's and it is asked before each of them.
 * @param session Asked where the source answers 401, whether there really is no session: Better Auth also
 * answers that while its database is away. Without it such an outage looks like a sign-out.
 */
export function jwt(source: TokenSource, session?: SessionSource): Jwt {
  return new Jwt(source, session);
}

async function ask(source: TokenSource, session?: SessionSource): Promise<string | undefined> {
  try {
    return tokenIn(await within(LONGEST_FETCH, source()));
  } catch (cause) {
    const status = statusOf(cause);
    if (status !== 401) throw new TokenSourceError(status, cause);
    if (session && (await isThere(session))) throw new TokenSourceError(status, cause);
    return undefined;
  }
}

function tokenIn(answer: TokenAnswer): string | undefined {
  if (typeof answer === "string") return answer || undefined;
  if (!answer) return undefined;
  if ("token" in answer) return answer.token;
  if (answer.error) throw answer.error;
  return answer.data?.token;
}

// In the browser the session is in `data`, on the server it is the answer itself.
async function isThere(session: SessionSource): Promise<boolean> {
  try {
    const answer = Object(await within(LONGEST_FETCH, session())) as { data?: unknown; error?: unknown; session?: unknown };
    if (answer.error) throw answer.error;
    return Boolean(answer.data ?? answer.session);
  } catch (cause) {
    throw new TokenSourceError(statusOf(cause), cause);
  }
}

// In Better Auth's errors on the server `status` is a word.
function statusOf(error: unknown): number | undefined {
  const { statusCode, status } = Object(error) as { statusCode?: unknown; status?: unknown };
  return [statusCode, status].find((one) => typeof one === "number");
}

// What cannot be read is sent until it is refused.
function isOver(token: string): boolean {
  const { exp } = claimsOf(token);
  return typeof exp === "number" && exp - MARGIN <= Date.now() / 1000;
}
