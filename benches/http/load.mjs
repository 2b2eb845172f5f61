import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CORE } from "./process.mjs";

const SCRIPT = fileURLToPath(new URL("load.lua", import.meta.url));
const CONNECTIONS = 64;
// On a busy machine an answer may be late; wrk counts a later one than this as lost.
const TIMEOUT = 10;

// Asks for so many seconds with the headers of a file. Answers with what wrk has seen, and what the server has taken of its
// processor: microseconds for each request, and the share of the time that it was busy.
export async function load(server, { path, status, further, asks }, headers, seconds) {
  const args = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, `--timeout=${TIMEOUT}s`, "-s", SCRIPT, `http://127.0.0.1:${server.port}${path}`];
  const env = { PATH: process.env.PATH, HEADERS: headers, FURTHER: further.join("\n") };
  // What is asked needs the processor more.
  if (!asks) env.LD_PRELOAD = process.env.AWAKE;
  const before = server.seconds();
  const { stdout } = await promisify(execFile)("wrk", args, { env });
  const taken = server.seconds() - before;
  const { requests, lost, refused, p50, p99, seconds: lasted } = JSON.parse(stdout.trim().split("\n").at(-1));
  const right = status < 400 ? requests - refused : refused;
  if (lost > 0 || right < requests) throw new Error(`${server.name}${path}: ${requests} requests, of them ${lost} lost and ${right} answered ${status}`);
  // Linux counts in hundredths of a second.
  if (taken === 0) throw new Error(`${server.name}${path}: ${requests} requests in ${lasted} s, too few to measure: the machine is busy`);
  return { cpu: (taken * 1e6) / requests, busy: taken / lasted, perSecond: requests / lasted, p50, p99 };
}

// Microseconds of a processor that aws-lc takes for one Ed25519 signature, on the servers' processor.
export async function bareVerification() {
  const { stdout } = await promisify(execFile)("taskset", ["--cpu-list", CORE, join(process.env.FLOORS, "verification")]);
  return Number(stdout) / 1000;
}
