// The client: openapi-fetch with the contract's types, and a fetch that carries the credential and waits when told to.
import createFetchClient, { type Client as FetchClient } from "openapi-fetch";
import type { paths } from "./contract.js";
import type { Credential } from "./credential.js";
import { Patience } from "./patience.js";
import { orAborted } from "./wait.js";

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
  /** The seconds that one request may wait in all where it is told to come back later. 10 unless given, 0 is never. */
  patience?: number;
}

/** A method for each of HTTP, typed by the contract's paths. */
export type Client = FetchClient<paths>;

/** A client of the service. */
export function createClient(options: ClientOptions): Client {
  const { baseUrl, credential = {}, fetch = globalThis.fetch, patience = 10 } = options;
  return createFetchClient<paths>({
    baseUrl,
    fetch: (request) => send(request, credential, fetch, new Patience(patience)),
    // Some edge platforms know no cookies of their own, and refuse to be told of them.
    ...("credentials" in Request.prototype && { credentials: credential.cookies ?? "omit" }),
  });
}

async function send(request: Request, credential: Credential, fetch: Fetch, patience: Patience): Promise<Response> {
  const { signal, referrer, referrerPolicy } = request;
  let token = await orAborted(Promise.resolve(credential.token?.()), signal);
  let isRenewed = false;
  for (;;) {
    if (token !== undefined) carry(token, request.headers);
    // A body can be sent once. Node soon forgets the signal of a mere clone; a new Request has no referrer but a given one.
    const spare = new Request(request.clone(), { signal, referrer, referrerPolicy });
    const response = await fetch(request);
    if (token !== undefined && !isRenewed && isRefused(response)) {
      isRenewed = true;
      const newer = await orAborted(Promise.resolve(credential.renew?.(token)), signal);
      if (newer === undefined || newer === token) return response;
      token = newer;
    } else if (!(await patience.outlasts(request, response, signal))) {
      return response;
    }
    // Not waited for: it would not end while somebody keeps an unread copy of the answer.
    response.body?.cancel().catch(() => {});
    request = spare;
  }
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
