// The service, as one client for each way to present a credential.
import { bearer, cookie, createClient, jwt, type Client } from "better-auth-verifier-client";
import { session, sessionToken, token } from "./better-auth.js";
import { recorded } from "./log.js";
import { API_URL } from "./place.js";

/** How a page may present its credential. */
export type Presentation = "cookie" | "bearer" | "jwt";

// This page shows a 429 or a 503 instead of waiting until it is over, which an app would leave to the client.
const SETTINGS = { baseUrl: API_URL, fetch: recorded, patience: 0 };

const jwtCredential = jwt(token, session);
const clients: Record<Presentation, Client> = {
  cookie: createClient({ ...SETTINGS, credential: cookie() }),
  bearer: createClient({ ...SETTINGS, credential: bearer(sessionToken) }),
  jwt: createClient({ ...SETTINGS, credential: jwtCredential }),
};

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

/** As `api`, but a JWT that is refused is not renewed: whoever watches wants to see just that. */
export const watchingApi = (): Client => (presentation() === "jwt" ? withoutRenewal : api());
const withoutRenewal = createClient({ ...SETTINGS, credential: { token: () => jwtCredential.token() } });

/** Presents nothing. */
export const guest = createClient(SETTINGS);

/** Presents a token that nobody has issued. */
export const impostor = createClient({ ...SETTINGS, credential: bearer("made-up.token") });
