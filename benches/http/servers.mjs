// What is measured, and how each is started on `port`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const { VERIFIER_PROGRAM, FLOORS, AXUM_PROGRAMS, PYTHON } = process.env;

// Limits that count and do not strike; what is remembered is so for the whole measure.
const QUOTA = `{ requests = 1000000, window = "1s" }`;
const KEPT = `{ max_age = "1h" }`;
const NEVER_KEPT = `{ max_age = "0s" }`;

const configuration = ({ port, strategy, cache, store = "", stores }) => `
strategies = ["${strategy}"]
server.listen = "127.0.0.1:${port}"
server.trusted_proxies = ["127.0.0.1"]
better_auth.url = "${stores.betterAuth.baseURL}"
better_auth.secret = "${stores.betterAuth.secret}"
todos.enabled = false
doctor.at_start = false
rate_limit = { client = ${QUOTA}, failed = ${QUOTA}, user = ${QUOTA} }
log = { level = "info", format = "json" }
[${strategy}]
cache = ${cache}
${store}
[forward_auth.profiles.default]
`;

const verifier = (strategy, cache, store) => (port, stores, folder) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "verifier.toml"), configuration({ port, strategy, cache, store: store?.(stores), stores }));
  return { program: VERIFIER_PROGRAM, args: ["serve", "--config", "verifier.toml"], cwd: folder };
};

const hello = (framework) => (port, _stores, _folder, sizes) => {
  const paths = Object.entries(sizes).map(([name, size]) => `/${name}=${size}`);
  return { program: join(FLOORS, "hello"), args: [framework, `127.0.0.1:${port}`, ...paths] };
};

const environment = (port, { betterAuth, postgres }) => ({
  LISTEN: `127.0.0.1:${port}`,
  ISSUER: betterAuth.baseURL,
  KEYS: `${betterAuth.baseURL}/api/auth/jwks`,
  BETTER_AUTH: JSON.stringify(betterAuth),
  DATABASE_URL: postgres,
  NODE_ENV: "production",
});

const axum = (name) => (port, stores) => ({ program: join(AXUM_PROGRAMS, name), env: environment(port, stores) });

const node = (file, env) => (port, stores) => ({
  program: "node",
  args: [join(HERE, "peers", file)],
  env: { ...environment(port, stores), ...env },
});

const fastapi = (port, stores) => ({
  program: PYTHON,
  args: ["-m", "uvicorn", "fastapi_peer:app", "--port", `${port}`, "--no-access-log", "--log-level", "warning"],
  env: environment(port, stores),
  cwd: join(HERE, "peers"),
});

const inPostgres = ({ postgres }) => `database_url = "${postgres}"`;
const inSqlite = ({ sqlite }) => `database_url = "sqlite://${sqlite}"`;
const inRedis = ({ redis }) => `url = "${redis}"`;

export const SERVERS = {
  "bare Poem": hello("poem"),
  "bare hyper": hello("hyper"),
  "session_table": verifier("session_table", KEPT, inPostgres),
  "session_table, no cache": verifier("session_table", NEVER_KEPT, inPostgres),
  "session_table, SQLite, no cache": verifier("session_table", NEVER_KEPT, inSqlite),
  "secondary_storage, no cache": verifier("secondary_storage", NEVER_KEPT, inRedis),
  "get_session, no cache": verifier("get_session", NEVER_KEPT),
  "jwt": verifier("jwt", KEPT),
  "jwt, no cache": verifier("jwt", NEVER_KEPT),
  "jwt-authorizer": axum("jwt-authorizer"),
  "axum-jwt-auth": axum("axum-jwt-auth"),
  "FastAPI": fastapi,
  "Node, jose": node("jose.mjs"),
  "Better Auth in process": node("in-process.mjs"),
  "Node, get-session": node("get-session.mjs"),
  "Node, get-session, kept": node("get-session.mjs", { REMEMBER: "3600" }),
};
