// A PostgreSQL of our own, empty at first.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { freePort, start, temporaryFolder } from "../../tests/stack/stack.mjs";

// Debian keeps the servers of each version apart and out of PATH; the newest is taken.
const [newest] = readdirSync("/usr/lib/postgresql").toSorted((left, right) => right - left);
const installed = (name) => join("/usr/lib/postgresql", newest, "bin", name);

// PostgreSQL refuses to run as root.
const asPostgres = (name, args) =>
  process.getuid() === 0 ? ["runuser", ["-u", "postgres", "--", installed(name), ...args]] : [installed(name), args];

export async function startPostgres() {
  const { folder, remove } = temporaryFolder();
  if (process.getuid() === 0) execFileSync("chown", ["postgres", folder]);
  const data = join(folder, "data");
  const initdb = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata", data];
  execFileSync(...asPostgres("initdb", initdb), { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const port = await freePort();
  // Nothing here has to survive a power cut.
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_wal_size=8GB"];
  const server = start(...asPostgres("postgres", ["-D", data, ...settings.flatMap((one) => ["-c", one])]), { cwd: folder });
  execFileSync("sh", ["-c", `until ${installed("pg_isready")} -q -h 127.0.0.1 -p ${port}; do sleep 0.1; done`], { timeout: 30_000 });
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, close: () => server.close().finally(remove) };
}
