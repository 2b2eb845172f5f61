// A server on a processor of its own, and what Linux says of it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { askOnce } from "./answer.mjs";

// The load and every store have the other one: `run` has put this process there.
export const CORE = "0";
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]));

// Those that would outlive this process.
const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

export class Server {
  #child;
  #ended;

  // Starts it. All that it says is written to the file `log`.
  constructor({ name, port, program, args = [], env = {}, cwd }, log) {
    Object.assign(this, { name, port, log });
    const file = openSync(log, "w");
    this.#child = spawn("taskset", ["--cpu-list", CORE, program, ...args], {
      cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ["ignore", file, file],
    });
    closeSync(file);
    // A program that is not there is an error instead.
    this.#ended = once(this.#child, "exit").catch((error) => [error.message]);
    running.add(this.#child);
  }

  // Asks until the answer has this status.
  async answers(path, headers, status, seconds = 30) {
    let ended;
    this.#ended.then(([code]) => (ended = `it has ended (${code})`));
    let last = "nothing";
    for (const end = Date.now() + seconds * 1000; Date.now() < end && !ended; await pause(1)) {
      const answer = await askOnce(this.port, path, headers).catch((fault) => ({ status: fault.code ?? fault.message }));
      if (answer.status === status) return answer;
      last = answer.status;
    }
    throw new Error(`${this.name}: ${path} does not answer ${status}, but ${last}: ${ended ?? "no longer waited"}; see ${this.log}`);
  }

  // Seconds of a processor that it has taken, its children included. Those that have ended count no more.
  seconds(pid = this.#child.pid) {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before may hold blanks.
    const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(Number);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return children.reduce((sum, child) => sum + this.seconds(child), (user + system) / TICKS);
  }

  // Memory that it has resident, in MiB.
  memory() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) / 1024;
  }

  async close() {
    this.#child.kill();
    const slow = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#ended;
    clearTimeout(slow);
    running.delete(this.#child);
  }
}
