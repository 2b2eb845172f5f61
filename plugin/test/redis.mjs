// A Redis of the test's own, in a folder that goes with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), "better-auth-verifier-"));
  // No port: what listens on a socket of its own is in nobody's way.
  const url = join(folder, "redis.sock");
  const settings = ["--port", "0", "--unixsocket", url, "--dir", folder, "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", settings, { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => server.kill());
  for await (const line of createInterface(server.stdout)) if (/ready to accept connections/i.test(line)) break;
  server.stdout.resume();
  return {
    url,
    async stop() {
      server.kill();
      await once(server, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}
