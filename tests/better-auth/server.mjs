// Better Auth over HTTP on loopback, for the tests. Its whole configuration is the JSON document in BETTER_AUTH_TEST:
// `port` (0 or absent: any free one), `timeZone` (the machine's own by default), `clockAhead` (so many seconds its clock is
// ahead of the machine's) and what auth.mjs takes. `baseURL` defaults to the server's own address.
// When it serves, it prints one line: {"ready":true,"port":N,"url":"http://127.0.0.1:N","migrated":[…]}, the last of which
// are the tables that had to be made or changed.
import { createServer } from "node:http";
import { once } from "node:events";
import { toNodeHandler } from "better-auth/node";
import { startAuth } from "./auth.mjs";

const { port = 0, timeZone, clockAhead = 0, ...settings } = JSON.parse(process.env.BETTER_AUTH_TEST);
if (timeZone) process.env.TZ = timeZone;
if (clockAhead) advanceClock(clockAhead * 1000);

function advanceClock(by) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) {
      super(...(given.length > 0 ? given : [Real.now() + by]));
    }
    static now() {
      return Real.now() + by;
    }
  };
}

// Listening comes first: the default baseURL needs the port. Requests before that are not expected, but answered.
let handle = (_request, response) => response.writeHead(503).end();
const server = createServer((request, response) => {
  // Node's own date is the machine's.
  if (clockAhead) response.setHeader("date", new Date().toUTCString());
  return handle(request, response);
});
server.listen(port, "127.0.0.1");
await once(server, "listening");
const address = { port: server.address().port, url: `http://127.0.0.1:${server.address().port}` };

const { auth, migrated, close } = await startAuth({ baseURL: address.url, ...settings });
const answer = toNodeHandler(auth);
// As frameworks do with what Better Auth throws: for a host that is not among its `allowedHosts`, for example.
handle = (request, response) =>
  answer(request, response).catch((fault) => {
    console.error(fault);
    response.writeHead(500).end();
  });

async function stop() {
  server.close();
  server.closeAllConnections();
  await close();
  process.exit(0);
}
process.once("SIGTERM", stop);
// The test holds the other end of stdin: when it goes away, however that happens, so does this server.
process.stdin.once("end", stop).resume();

console.log(JSON.stringify({ ready: true, ...address, migrated }));
