// A real Better Auth and this service beside it, for the tests that are not written in Rust. Both end when `close` is
// called, or when this process ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SECRET = "a secret of the tests, nowhere else in use";
const HOOK_SECRET = "a hook secret of the tests, no other";

const built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "better-auth-verifier");
// The program, as cargo builds it for tests.
export const PROGRAM = resolve(process.env.VERIFIER_PROGRAM ?? built);
if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run cargo build, or set VERIFIER_PROGRAM`);

// What is left to do when this process ends without having closed all.
const leftovers = new Set();
process.once("exit", () => leftovers.forEach((clear) => clear()));

// A folder that goes when `remove` is called, or with this process.
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "verifier-stack-"));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    leftovers.delete(remove);
  };
  leftovers.add(remove);
  return { folder, remove };
}

// Runs `begin`, which hands each thing that it has started, something with a `close`, to `keep`. All of them are closed, the last one
// first, when `close` is called, and at once if `begin` fails.
export async function startTogether(begin) {
  const started = [];
  const keep = (one) => {
    started.push(one);
    return one;
  };
  const close = async () => {
    for (const one of started.splice(0).reverse()) await one.close();
  };
  try {
    return Object.assign(await begin(keep), { close });
  } catch (error) {
    await close();
    throw error;
  }
}

// A port that nobody has. Somebody may take it before it is used; that has to be rare, not impossible.
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// Asks until the answer is a good one, for so many seconds.
async function until(url, seconds, isGood) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response && isGood(response)) return;
    if (Date.now() > end) throw new Error(`${url} does not answer as it should: ${response?.status ?? "not at all"}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

// Starts a program of which all that it says is kept. `answers` waits until an address of it does.
export function start(program, args, options) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  const said = [];
  child.stdout.on("data", (data) => said.push(data));
  child.stderr.on("data", (data) => said.push(data));
  const log = () => Buffer.concat(said).toString();
  // A program that is not there is an error instead.
  const ended = once(child, "exit").catch((error) => [error.message]);
  // They end their own children, which a kill without warning would leave.
  const end = () => child.kill();
  leftovers.add(end);
  const close = async () => {
    end();
    await ended;
    leftovers.delete(end);
  };
  const failed = async () => {
    const [code] = await ended;
    throw new Error(`${program} has ended (${code}):\n${log()}`);
  };
  const answers = (url, seconds = 30, isGood = ({ ok }) => ok) => Promise.race([until(url, seconds, isGood), failed()]);
  return { child, ended, log, answers, close };
}

// Better Auth with the plugins jwt and bearer, on SQLite in `folder`. `options` are what tests/better-auth/auth.mjs takes.
export async function startBetterAuth(folder, options = {}) {
  const settings = {
    secret: SECRET,
    database: { kind: "sqlite", file: join(folder, "auth.db") },
    // Whoever tests asks more often than a person does.
    rateLimit: { enabled: false },
    ...options,
  };
  const { PATH, HOME } = process.env;
  return startTogether(async (keep) => {
    const server = keep(start("node", [join(ROOT, "tests/better-auth/server.mjs")], {
      env: { PATH, HOME, BETTER_AUTH_TEST: JSON.stringify(settings) },
    }));
    for await (const line of createInterface({ input: server.child.stdout })) {
      if (line.startsWith("{")) return { ...server, url: JSON.parse(line).url };
    }
    throw new Error(`Better Auth does not start:\n${server.log()}`);
  });
}

// The service in `folder`, told by these variables, and by a configuration file where there is one.
export async function startService(folder, port, variables, file) {
  const env = { PATH: process.env.PATH, VERIFIER_SERVER__LISTEN: `127.0.0.1:${port}`, ...variables };
  const config = file ? ["--config", file] : [];
  const migrated = start(PROGRAM, ["migrate", ...config], { cwd: folder, env });
  const [code] = await migrated.ended;
  await migrated.close();
  if (code !== 0) throw new Error(`migrate: ${migrated.log()}`);
  return startTogether(async (keep) => {
    const server = keep(start(PROGRAM, ["serve", ...config], { cwd: folder, env }));
    const url = `http://127.0.0.1:${port}`;
    await server.answers(`${url}/health/ready`);
    return { ...server, url };
  });
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

// Both, with every route on: sessions, JWTs, to-dos and the hook. `file` configures the service instead, `variables` are
// added to what it is told, `options` to what Better Auth is. If one does not start, the other ends.
export function startStack({ file, variables, options = {} } = {}) {
  return startTogether(async (keep) => {
    const { folder, remove } = temporaryFolder();
    keep({ close: remove });
    const auth = keep(await startBetterAuth(folder, options));
    const usual = {
      VERIFIER_STRATEGIES: "jwt,session_table",
      VERIFIER_REVOCATION__HOOK_SECRET: HOOK_SECRET,
      VERIFIER_RATE_LIMIT__ENABLED: "false",
    };
    const told = {
      VERIFIER_BETTER_AUTH__INTERNAL_URL: auth.url,
      VERIFIER_SESSION_TABLE__DATABASE_URL: `sqlite://${join(folder, "auth.db")}`,
      DATABASE_URL: `sqlite://${join(folder, "todos.db")}?mode=rwc`,
      BETTER_AUTH_SECRET: SECRET,
      ...(!options.baseURL && { BETTER_AUTH_URL: auth.url }),
      ...(!file && usual),
      ...variables,
    };
    const service = keep(await startService(folder, await freePort(), told, file));
    return { url: service.url, auth: auth.url, hookSecret: HOOK_SECRET, log: service.log, service, betterAuth: auth };
  });
}
