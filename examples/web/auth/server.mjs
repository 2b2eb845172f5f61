// Better Auth as this example runs it: e-mail and password, JWTs, bearer tokens, and this project's plugin, which tells
// the service of every sign-out. Addresses and secrets come from the environment; ../start.mjs sets them.
import { once } from "node:events";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";
import { verifier } from "better-auth-verifier";
import Sqlite from "better-sqlite3";
import cors from "cors";

// BETTER_AUTH_URL and BETTER_AUTH_SECRET are read by Better Auth itself.
const { PORT, DATABASE_FILE, PAGE_ORIGIN, HOOK_URL, HOOK_SECRET } = process.env;

const options = {
  database: new Sqlite(DATABASE_FILE),
  // The page of the topology "two origins"; the origin of BETTER_AUTH_URL is trusted anyway.
  trustedOrigins: [PAGE_ORIGIN],
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  plugins: [jwt(), bearer(), verifier({ url: HOOK_URL, secret: HOOK_SECRET })],
};

// Before betterAuth(): that one looks at the tables at once.
await (await getMigrations(options)).runMigrations();
const handle = toNodeHandler(betterAuth(options));

// Better Auth leaves CORS to its server. Only the page of another origin needs it: `set-auth-token` holds the session
// token that the page may present as bearer.
const permit = cors({ origin: [PAGE_ORIGIN], credentials: true, exposedHeaders: ["set-auth-token"] });
const server = createServer((request, response) => permit(request, response, () => handle(request, response)));
server.listen(PORT, "127.0.0.1");
await once(server, "listening");

function stop() {
  server.close();
  server.closeAllConnections();
  options.database.close();
  process.exit(0);
}
process.once("SIGTERM", stop);
// ../start.mjs holds the other end of stdin: when it goes away, however that happens, so does this server.
process.stdin.once("end", stop).resume();
