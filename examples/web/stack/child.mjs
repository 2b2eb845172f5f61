// The processes of the example. They end together: on Ctrl-C, or when one of them does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const PATIENCE = 12_000;
const running = new Map();
let ending;

function spawned(name, program, args, options) {
  // The other end of its stdin is here. Better Auth sees by that when this process was killed, and ends; the service and
  // Vite do not look, and stay until they are ended by hand.
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => console.log(`${name.padEnd(11)} | ${line}`));
  }
  return child;
}

// Runs a program to its end, which has to be a good one.
export async function run(name, program, args, options) {
  const [code] = await once(spawned(name, program, args, options), "close");
  if (code !== 0) throw new Error(`${name} failed`);
}

// Starts a program that runs as long as the example does.
export function keep(name, program, args, options) {
  const child = spawned(name, program, args, options);
  const ended = once(child, "exit").finally(() => running.delete(child));
  running.set(child, ended);
  ended.then(
    async ([code, signal]) => {
      // Ctrl-C reaches all of them, and perhaps this process last.
      await pause(100);
      await end(1, `${name} has ended (${code ?? signal}), so everything does.`);
    },
    (error) => end(1, `${name} does not start: ${error.message}`),
  );
}

// Ends all of them, and this process.
export async function end(code, reason) {
  if (ending) return ending;
  if (reason) console.error(reason);
  for (const child of running.keys()) child.kill("SIGTERM");
  ending = Promise.allSettled(running.values());
  const impatience = setTimeout(() => running.forEach((_, child) => child.kill("SIGKILL")), PATIENCE);
  await ending;
  clearTimeout(impatience);
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(0));
process.once("exit", () => running.forEach((_, child) => child.kill("SIGKILL")));

// Asks until the answer is a good one, for 30 seconds.
export async function until(url) {
  const deadline = Date.now() + 30_000;
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
    await pause(50);
  }
}
