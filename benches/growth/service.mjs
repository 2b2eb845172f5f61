// The service on processors of its own, the load on it, and what Linux says of it.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../tests/stack/stack.mjs";
import { askOnce } from "../http/answer.mjs";
import { askOnceWithEach } from "./once.mjs";
import { SECRET } from "./sessions.mjs";

const LOAD = fileURLToPath(new URL("../http/load.lua", import.meta.url));
const PATH = "/api/me";
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]));
const QUOTA = `{ requests = 1000000, window = "1s" }`;

// Limits count and do not strike. All connections come from one address.
const configuration = (port, database, kept) => `
strategies = ["session_table"]
server.listen = "127.0.0.1:${port}"
server.max_connections_per_client = 16384
doctor.at_start = false
better_auth.secret = "${SECRET}"
todos.enabled = false
rate_limit = { client = ${QUOTA}, failed = ${QUOTA}, user = ${QUOTA} }
log = { level = "info", format = "json" }
[session_table]
database_url = "${database}"
cache = { max_age = "${kept}", capacity = 10000000 }
`;

export class Service {
  #child;

  // Starts it over this database, and waits until it knows who has this cookie.
  static async start({ folder, database, kept, cores = "0" }, cookie) {
    const [service, port] = [new Service(), await freePort()];
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "verifier.toml"), configuration(port, database, kept), { mode: 0o600 });
    const log = openSync(join(folder, "log"), "w");
    const args = ["--cpu-list", cores, process.env.VERIFIER_PROGRAM, "serve", "--config", "verifier.toml"];
    const env = { PATH: process.env.PATH, TOKIO_WORKER_THREADS: `${cores.split(",").length}` };
    service.#child = spawn("taskset", args, { cwd: folder, env, stdio: ["ignore", log, log] });
    closeSync(log);
    process.once("exit", () => service.#child.kill("SIGKILL"));
    service.port = port;
    for (const end = Date.now() + 30_000; ; await new Promise((wake) => setTimeout(wake, 10))) {
      const { status } = await askOnce(port, PATH, [cookie]).catch(() => ({}));
      if (status === 200) return service;
      if (Date.now() > end) throw new Error(`the service answers ${status ?? "nothing"}, see ${folder}/log`);
    }
  }

  // Seconds of a processor that it has taken.
  #seconds() {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
    // The name before may hold blanks.
    const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(Number);
    return (user + system) / TICKS;
  }

  // Memory that it has resident, in MiB.
  memory() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) / 1024;
  }

  // Asks with each of these cookies once, so that it remembers all of them, if it remembers any.
  introduce(cookies) {
    return askOnceWithEach(this.port, PATH, cookies);
  }

  // Asks with the cookies of a file, one after the other, for so many seconds.
  async load(file, { connections = 64, seconds }) {
    const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "30s", "-s", LOAD, `http://127.0.0.1:${this.port}${PATH}`];
    const env = { PATH: process.env.PATH, HEADERS: file };
    const before = this.#seconds();
    const { stdout } = await promisify(execFile)("wrk", args, { env });
    const taken = this.#seconds() - before;
    const { requests, lost, refused, ...seen } = JSON.parse(stdout.trim().split("\n").at(-1));
    if (lost + refused > 0) throw new Error(`of ${requests} requests ${lost} were lost and ${refused} refused`);
    return { cpu: (taken * 1e6) / requests, perSecond: requests / seen.seconds, p50: seen.p50, p99: seen.p99, memory: this.memory() };
  }

  async close() {
    this.#child.kill();
    await once(this.#child, "exit");
  }
}
