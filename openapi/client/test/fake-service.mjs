// Stands in for the service where the real one cannot be made to: it refuses, limits and fails on command.
import { once } from "node:events";
import { createServer } from "node:http";

const PROBLEM = { "Content-Type": "application/problem+json" };
const INVALID = { type: "urn:problem:invalid-credential", title: "The credential is not valid", status: 401 };

/** The answers by which the service refuses a credential, and by which it asks for one. */
export const REFUSED = answer(401, INVALID, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
export const MISSING = answer(
  401,
  { type: "urn:problem:missing-credential", title: "No credential was presented", status: 401 },
  { "WWW-Authenticate": 'Bearer realm="better-auth"' },
);

export function answer(status, body, headers = {}) {
  const type = status < 400 ? { "Content-Type": "application/json" } : PROBLEM;
  return { status, body: body === undefined ? undefined : JSON.stringify(body), headers: { ...type, ...headers } };
}

export const later = (status, retryAfter) =>
  answer(
    status,
    { type: "about:blank", title: "Later", status },
    retryAfter === undefined ? {} : { "Retry-After": retryAfter },
  );

/** Answers as `reply` says, which is told the request and how many came before it. Keeps what it was sent. */
export async function startFake(t, reply) {
  const requests = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const request = { method, path, token: headers.authorization?.replace("Bearer ", ""), body: "" };
    const number = requests.push(request) - 1;
    for await (const chunk of incoming) request.body += chunk;
    const { status, headers: answered, body } = await reply(request, number);
    outgoing.writeHead(status, answered).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${server.address().port}`, requests };
}
