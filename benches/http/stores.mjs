// PostgreSQL, Redis and Better Auth, each with nothing in it but what populate.mjs makes.
import { execFile, execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, start, startBetterAuth, temporaryFolder } from "../../tests/stack/stack.mjs";
import { Connection } from "./answer.mjs";

const SECRET = "a secret of the benchmark, nowhere else in use";

// Debian keeps the servers of each version apart and out of PATH; the newest is taken.
function installed(name) {
  const versions = readdirSync("/usr/lib/postgresql").toSorted((left, right) => right - left);
  return join("/usr/lib/postgresql", versions[0], "bin", name);
}

// PostgreSQL refuses to run as root.
function asPostgres(program, args) {
  return process.getuid() === 0 ? ["runuser", ["-u", "postgres", "--", program, ...args]] : [program, args];
}

async function listens(port, server, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const connection = await Connection.open(port).catch(() => undefined);
    if (connection) return connection.close();
    if (Date.now() > end) throw new Error(`nobody listens on port ${port}:\n${server.log()}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

async function startPostgres() {
  const { folder, remove } = temporaryFolder();
  if (process.getuid() === 0) execFileSync("chown", ["postgres", folder]);
  const data = join(folder, "data");
  const initdb = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata", data];
  execFileSync(...asPostgres(installed("initdb"), initdb), { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const port = await freePort();
  // Nothing here has to survive a power cut.
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"];
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const server = start(...asPostgres(installed("postgres"), args), { cwd: folder });
  await listens(port, server);
  // It answers a moment later than it listens.
  for (let left = 50; left > 0; left -= 1) {
    const ready = await promisify(execFile)(installed("pg_isready"), ["-h", "127.0.0.1", "-p", `${port}`]).catch(() => undefined);
    if (ready) break;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  const close = () => server.close().finally(remove);
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, close };
}

async function startRedis() {
  const port = await freePort();
  const server = start("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""]);
  await listens(port, server);
  return { url: `redis://127.0.0.1:${port}`, close: server.close };
}

async function populate(settings) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, POPULATE: JSON.stringify(settings) };
  const file = fileURLToPath(new URL("populate.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)("node", [file], { env, maxBuffer: 1 << 30 });
  return JSON.parse(stdout.slice(stdout.indexOf("[{")));
}

// All of them, each with so many users: `people` of each store, and where everything is. `close` ends them.
export async function startStores(users) {
  const [postgres, redis] = [await startPostgres(), await startRedis()];
  const { folder, remove } = temporaryFolder();
  const port = await freePort();
  const file = (name) => ({ kind: "sqlite", file: join(folder, name) });
  const betterAuth = {
    secret: SECRET,
    baseURL: `http://127.0.0.1:${port}`,
    database: { kind: "postgres", url: postgres.url },
    rateLimit: { enabled: false },
    // A run may take longer than a quarter of an hour.
    plugins: { jwt: { jwt: { expirationTime: "1d" } } },
  };
  const inSqlite = { ...betterAuth, database: file("auth.db") };
  const inRedis = { ...betterAuth, database: file("users.db"), secondaryStorage: { redis: redis.url } };
  const people = {
    postgres: await populate({ ...betterAuth, users, jwts: true }),
    sqlite: await populate({ ...inSqlite, users }),
    redis: await populate({ ...inRedis, users }),
  };
  const server = await startBetterAuth(folder, { ...betterAuth, port });
  const close = async () => {
    await server.close();
    await Promise.all([postgres.close(), redis.close()]);
    remove();
  };
  return { betterAuth, postgres: postgres.url, sqlite: inSqlite.database.file, redis: redis.url, people, close };
}
