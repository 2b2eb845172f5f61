// A Node service that asks the API on behalf of whoever asks it.
import { createServer, type IncomingMessage } from "node:http";
import { bearer, createClient, ProblemError, unwrap, type Client } from "better-auth-verifier-client";

// #region node
/** A client for one request: it passes on that caller's credential as it came, be it a JWT or a session token. */
function apiFor({ headers }: IncomingMessage): Client {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return createClient({ baseUrl: "https://api.example.com", credential: bearer(token), patience: 0, timeout: 5 });
}
// #endregion

export const server = createServer(async (request, response) => {
  try {
    const { user } = await unwrap(apiFor(request).GET("/api/me"));
    response.end(`The orders of ${user.name}`);
  } catch (error) {
    // What the service says of the caller holds here, too. No answer is 503: it must not look like a sign-out.
    response.writeHead(error instanceof ProblemError ? error.status : 503).end();
  }
});
