// The service, for what this server renders.
import { createClient, jwt, type Client } from "better-auth-verifier-client";
import { headers } from "next/headers";
import { auth } from "./auth";

// #region server
/** A client for the request at hand. Never one for all requests: it keeps a JWT, and would send it for the next user. */
export async function apiForRequest(): Promise<Client> {
  const incoming = await headers();
  // What is rendered can set no cookie, so lengthening the session is left to the browser's own calls.
  const asked = { headers: incoming, query: { disableRefresh: true } };
  const api = createClient({
    baseUrl: process.env.API_URL!,
    credential: jwt(() => auth.api.getToken(asked), () => auth.api.getSession(asked)),
    // A page that waits is worse than one that says "try again".
    patience: 0,
    timeout: 5,
  });
  // Without it all users share this server's address, and the limit of one.
  const address = incoming.get("x-forwarded-for") ?? "";
  api.use({ onRequest: ({ request }) => request.headers.set("X-Forwarded-For", address) });
  return api;
}
// #endregion
