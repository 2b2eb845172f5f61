// The service, as one client for each way to present a credential.
import { bearer, cookie, createClient, jwt, type Client } from "better-auth-verifier-client";
import { session, sessionToken, token } from "./better-auth.js";
import { recorded } from "./log.js";
import { API_URL } from "./place.js";

/** How a page may present its credential. */
export type Presentation = "cookie" | "bearer" | "jwt";

const SETTINGS = { baseUrl: API_URL, fetch: recorded };

const jwtCredential = jwt(token, session);
const clientsWith = (patience: number): Record<Presentation, Client> => ({
  cookie: createClient({ ...SETTINGS, patience, credential: cookie() }),
  bearer: createClient({ ...SETTINGS, patience, credential: bearer(sessionToken) }),
  jwt: createClient({ ...SETTINGS, patience, credential: jwtCredential }),
});
// The second that a refused JWT takes to be renewed. What takes longer this page shows, and tries again by itself; an app would
// leave more of that to the client.
const clients = clientsWith(1);
// Nothing is waited for, sent again or renewed: each failure shows as it comes.
const frankClients = clientsWith(0);

const CHOSEN = "presentation";

export function presentation(): Presentation {
  const chosen = sessionStorage.getItem(CHOSEN) ?? "";
  return chosen in clients ? (chosen as Presentation) : "cookie";
}

/** Kept for this tab, and for the windows that it opens. */
export function present(as: Presentation): void {
  sessionStorage.setItem(CHOSEN, as);
}

/** The client that presents the credential as chosen. */
export const api = (): Client => clients[presentation()];

/** Whoever signs in next must not be taken for who has signed out. */
export const forgetJwt = (): void => jwtCredential.forget();

/** As `api`, for whoever wants to see failures. */
export const frankApi = (): Client => frankClients[presentation()];

/** Presents nothing. */
export const guest = createClient({ ...SETTINGS, patience: 0 });

/** Presents a token that nobody has issued. */
export const impostor = createClient({ ...SETTINGS, patience: 0, credential: bearer("made-up.token") });
