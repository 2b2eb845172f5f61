// A real Better Auth with two users, and the service beside it as the recipes configure it.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PROGRAM, freePort, signIn, start, startBetterAuth, startService, temporaryFolder } from "../stack/stack.mjs";

export const RECIPES = fileURLToPath(new URL("../../examples/forward-auth", import.meta.url));
// Requests of one client, until it is one too many.
const LIMIT = 60;
// 3600 bytes in a header.
export const LONG_NAME = "名".repeat(400);
// The page that the recipe's verifier.toml trusts.
export const PAGE = "http://localhost:8080";

const Sqlite = createRequire(new URL("../better-auth/package.json", import.meta.url))("better-sqlite3");

// Answers with the running service, its users, and ways to take things away. `variables` are added to what every instance is told.
export async function startSite({ variables } = {}) {
  const { folder, remove } = temporaryFolder();
  const started = [];
  const close = async () => {
    await Promise.all(started.map(async (server) => (await server).close()));
    remove();
  };
  try {
    return { ...(await startAll(folder, started, variables)), close };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

async function startAll(folder, started, more) {
  const track = (server) => started[started.push(server) - 1];
  const betterAuth = await track(startBetterAuth(folder, { plugins: { admin: {} } }));
  const database = join(folder, "auth.db");
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const variables = {
    BETTER_AUTH_URL: betterAuth.url,
    BETTER_AUTH_SECRET: "a secret of the tests, nowhere else in use",
    VERIFIER_SESSION_TABLE__DATABASE_URL: `sqlite://${database}`,
    VERIFIER_SESSION_TABLE__TIMEOUT: "1s",
    DATABASE_URL: `sqlite://${join(folder, "verifier.db")}?mode=rwc`,
    VERIFIER_ASSERTION__SECRET: "an assertion secret of the tests, no other",
    VERIFIER_ASSERTION__ISSUER: issuer,
    VERIFIER_RATE_LIMIT__CLIENT__REQUESTS: LIMIT,
    VERIFIER_RATE_LIMIT__CLIENT__WINDOW: "1h",
    ...more,
  };
  let instances = 0;
  // An instance more, with the same keys; `variables` are added to what it is told, `edit` changes its file.
  const startVerifier = async ({ port, variables: more, edit = (toml) => toml } = {}) => {
    const file = join(folder, `verifier-${instances++}.toml`);
    writeFileSync(file, edit(readFileSync(join(RECIPES, "verifier.toml"), "utf8")));
    return track(startService(folder, port ?? (await freePort()), { ...variables, ...more }, file));
  };
  const verifier = await startVerifier({ port: new URL(issuer).port });
  const alice = await signIn(betterAuth.url, "alice@example.com");
  const person = await signIn(betterAuth.url, "root@example.com");
  change(database, `update "user" set "role" = 'admin' where "email" = '${person.email}'`);
  // Its JWT from before says another role.
  const admin = await signIn(betterAuth.url, person.email);
  const longNamed = await signIn(betterAuth.url, "long@example.com");
  change(database, `update "user" set "name" = '${LONG_NAME}' where "email" = '${longNamed.email}'`);
  return {
    issuer,
    verifier,
    startVerifier,
    betterAuth: betterAuth.url,
    alice,
    admin,
    longNamed,
    limit: LIMIT,
    newSession: () => signIn(betterAuth.url, "alice@example.com"),
    signOut: (session) => signOut(betterAuth.url, session),
    outage: () => lock(database),
    assertion: (profile, person, from = verifier) => assertion(from.url, profile, person),
    withdrawKeys: () => withdrawKeys(issuer, folder, variables),
  };
}

// As a proxy gets it.
async function assertion(verifier, profile, { session }) {
  const answer = await fetch(`${verifier}/forward-auth/${profile}`, { headers: { Authorization: `Bearer ${session}` } });
  if (!answer.ok) throw new Error(`no assertion: ${answer.status} ${await answer.text()}`);
  return answer.headers.get("X-Auth-Assertion");
}

// As in an incident. Running instances notice within ten seconds.
async function withdrawKeys(issuer, folder, variables) {
  const published = async () => (await fetch(`${issuer}/.well-known/jwks.json`)).text();
  const before = await published();
  const command = start(PROGRAM, ["assertion-keys", "withdraw", "--config", join(RECIPES, "verifier.toml")], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...variables },
  });
  const [code] = await command.ended;
  if (code !== 0) throw new Error(`assertion-keys withdraw: ${command.log()}`);
  for (let tries = 0; tries < 150; tries++) {
    if ((await published()) !== before) return;
    await pause(100);
  }
  throw new Error("the keys are the same as before");
}

async function signOut(betterAuth, { cookie }) {
  const headers = { Cookie: cookie, Origin: betterAuth };
  const response = await fetch(`${betterAuth}/api/auth/sign-out`, { method: "POST", headers });
  if (!response.ok) throw new Error(`no sign-out: ${response.status} ${await response.text()}`);
}

function change(file, sql) {
  const database = new Sqlite(file, { fileMustExist: true });
  database.exec(sql);
  database.close();
}

// Takes Better Auth's database away, for everybody, until `end` is called.
function lock(file) {
  const database = new Sqlite(file, { fileMustExist: true });
  database.exec("BEGIN EXCLUSIVE");
  return { end: () => database.exec("ROLLBACK").close() };
}
