// The client: openapi-fetch with the contract's types, and a fetch that carries the credential and waits when told to.
import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import { whole } from "./answer.js";
import type { paths } from "./contract.js";
import { RENEWAL, type Credential } from "./credential.js";
import { Deadline } from "./deadline.js";
import { Patience } from "./patience.js";

/** What sends a request. */
export type Fetch = (request: Request) => Promise<Response>;

/** What a client is made of. */
export interface ClientOptions {
  /** Where the service is: `https://api.example.com`, or `""` for the page's own origin. */
  baseUrl: string;
  /** How the caller is known: {@link jwt}, {@link bearer} or {@link cookie}. A guest unless given. */
  credential?: Credential;
  /** Sends the requests; `globalThis.fetch` unless given. */
  fetch?: Fetch;
  /** The seconds that one call may wait in all before it sends its request again. 10 unless given, 0 sends none again. */
  patience?: number;
  /** The seconds that one call may take in all: tokens, waits and the answer. 30 unless given. */
  timeout?: number;
}

/** A method for each of HTTP, typed by the contract's paths. */
export type Client = FetchClient<paths>;

/** A client of the service. */
export function createClient(options: ClientOptions): Client {
  const { baseUrl, credential = {}, fetch = globalThis.fetch, patience = 10, timeout = 30 } = options;
  return createFetchClient<paths>({
    baseUrl,
    fetch: (request) => call(request, credential, fetch, new Patience(patience), timeout),
    // Some edge platforms know no cookies of their own, and refuse to be told of them. React Native knows them, but only an
    // instance shows it.
    ...("credentials" in new Request("http://localhost/") && { credentials: credential.cookies ?? "omit" }),
  });
}

async function call(
  request: Request,
  credential: Credential,
  fetch: Fetch,
  patience: Patience,
  timeout: number,
): Promise<Response> {
  const deadline = new Deadline(timeout, request.signal);
  try {
    return await send(request, credential, fetch, patience, deadline);
  } finally {
    deadline.clear();
  }
}

async function send(
  original: Request,
  credential: Credential,
  fetch: Fetch,
  patience: Patience,
  deadline: Deadline,
): Promise<Response> {
  // Node soon forgets the signal of a mere clone; a new Request has no referrer but a given one.
  const { referrer, referrerPolicy } = original;
  const again = (request: Request) => new Request(request, { signal: deadline.signal, referrer, referrerPolicy });
  let request = again(original);
  let token = await deadline.during(() => credential.token?.());
  let isRenewed = false;
  for (;;) {
    if (token !== undefined) carry(token, request.headers);
    // A body can be sent once.
    const spare = again(request.clone());
    const response = await deadline.during(() => fetch(request));
    if (token !== undefined && !isRenewed && isRefused(response)) {
      isRenewed = true;
      const newer = await renewed(token, credential, patience, deadline);
      if (newer === undefined || newer === token) return deadline.during(() => whole(response, request));
      token = newer;
    } else if (!(await deadline.during(() => patience.outlasts(request, response, deadline.signal)))) {
      return deadline.during(() => whole(response, request));
    }
    // Not waited for: it would not end while somebody keeps an unread copy of the answer.
    response.body?.cancel().catch(() => {});
    request = spare;
  }
}

async function renewed(
  refused: string,
  credential: Credential,
  patience: Patience,
  deadline: Deadline,
): Promise<string | undefined> {
  if (patience.spend(RENEWAL)) return deadline.during(() => credential.renew?.(refused));
  credential.drop?.(refused);
  return undefined;
}

function carry(token: string, headers: Headers): void {
  try {
    headers.set("Authorization", `Bearer ${token}`);
  } catch {
    // The platform's own error quotes the token.
    throw new TypeError("The token has characters that no header can carry");
  }
}

// RFC 6750: a credential was presented and is not valid, or not any more.
function isRefused({ status, headers }: Response): boolean {
  return status === 401 && /\berror="?invalid_token\b/.test(headers.get("WWW-Authenticate") ?? "");
}
