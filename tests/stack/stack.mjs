// A real Better Auth and this service beside it, for the tests that are not written in Rust. Both end when `close` is
// called, or when this process ends, however that happens.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const SECRET = "a secret of the tests, nowhere else in use";
const HOOK_SECRET = "a hook secret of the tests, no other";

// The program, as cargo built it for tests. Build it before.
export const PROGRAM = process.env.VERIFIER_PROGRAM ?? join(TARGET, "debug", "better-auth-verifier");

// A port that nobody has. Somebody may take it before it is used; that has to be rare, not impossible.
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// Asks until the answer is one that `isWanted`, for 30 seconds unless told otherwise.
export async function until(url, isWanted = (response) => response.ok, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response && isWanted(response)) return response;
    if (Date.now() > end) throw new Error(`${url} does not answer as it should: ${response?.status ?? "not at all"}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Starts a program of which all that it says is kept.
export function start(program, args, options) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  const said = [];
  const ended = once(child, "exit");
  child.stdout.on("data", (data) => said.push(data));
  child.stderr.on("data", (data) => said.push(data));
  const close = async () => {
    child.kill();
    await ended;
  };
  process.once("exit", () => child.kill("SIGKILL"));
  return { child, ended, log: () => Buffer.concat(said).toString(), close };
}

// Better Auth with the plugins jwt and bearer, on SQLite in `folder`. `options` are what tests/better-auth/auth.mjs takes.
export async function startBetterAuth(folder, { port = 0, ...options } = {}) {
  const settings = {
    port,
    secret: SECRET,
    database: { kind: "sqlite", file: join(folder, "auth.db") },
    // Whoever tests asks more often than a person does.
    rateLimit: { enabled: false },
    ...options,
  };
  const server = start("node", [join(ROOT, "tests/better-auth/server.mjs")], {
    env: { ...process.env, BETTER_AUTH_TEST: JSON.stringify(settings) },
  });
  for await (const line of createInterface({ input: server.child.stdout })) {
    if (!line.startsWith("{")) continue;
    return { ...server, url: JSON.parse(line).url };
  }
  throw new Error(`Better Auth does not start:\n${server.log()}`);
}

// The service in `folder`, told by these variables, and by a configuration file where there is one.
export async function startService(folder, port, variables, file) {
  const env = { PATH: process.env.PATH, VERIFIER_SERVER__LISTEN: `127.0.0.1:${port}`, ...variables };
  const config = file ? ["--config", file] : [];
  const migrated = start(PROGRAM, ["migrate", ...config], { cwd: folder, env });
  const [code] = await migrated.ended;
  if (code !== 0) throw new Error(`migrate: ${migrated.log()}`);
  const server = start(PROGRAM, ["serve", ...config], { cwd: folder, env });
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([
    until(`${url}/health/ready`),
    server.ended.then(() => Promise.reject(new Error(`the service does not start: ${server.log()}`))),
  ]);
  return { ...server, url };
}

// Creates the user of this address, or signs them in. Answers with every form of credential that they have.
export async function signIn(betterAuth, email = "alice@example.com") {
  const person = { email, password: "correct horse battery", name: email.split("@")[0] };
  const post = (path) =>
    fetch(`${betterAuth}/api/auth/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: betterAuth },
      body: JSON.stringify(person),
    });
  let response = await post("sign-up/email");
  if (!response.ok) response = await post("sign-in/email");
  if (!response.ok) throw new Error(`no sign-in: ${response.status} ${await response.text()}`);
  const cookie = response.headers.getSetCookie().map((set) => set.split(";")[0]).join("; ");
  const session = response.headers.get("set-auth-token");
  const token = await fetch(`${betterAuth}/api/auth/token`, { headers: { Authorization: `Bearer ${session}` } });
  return { ...person, cookie, session, jwt: (await token.json()).token };
}

// Both, with every route on: sessions, JWTs, to-dos and the hook. `variables` are added to the service's, `betterAuth` to
// what Better Auth is told.
export async function startStack({ port, variables = {}, betterAuth = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "verifier-stack-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const auth = await startBetterAuth(folder, betterAuth);
  const service = await startService(folder, port ?? (await freePort()), {
    VERIFIER_STRATEGIES: "jwt,session_table",
    VERIFIER_SESSION_TABLE__DATABASE_URL: `sqlite://${join(folder, "auth.db")}`,
    VERIFIER_REVOCATION__HOOK_SECRET: HOOK_SECRET,
    VERIFIER_RATE_LIMIT__ENABLED: "false",
    DATABASE_URL: `sqlite://${join(folder, "todos.db")}?mode=rwc`,
    BETTER_AUTH_URL: auth.url,
    BETTER_AUTH_SECRET: SECRET,
    ...variables,
  });
  const close = async () => {
    await Promise.all([service.close(), auth.close()]);
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: service.url, auth: auth.url, hookSecret: HOOK_SECRET, log: service.log, close };
}
