// A build that fails leaves nothing behind that could be taken for the package.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));

test("a build with an error writes nothing", (t) => {
  const out = mkdtempSync(join(tmpdir(), "verifier-client-"));
  t.after(() => rmSync(out, { recursive: true }));
  const tsc = join(FOLDER, "node_modules/typescript/bin/tsc");
  const options = ["--outDir", out, "--types", "types-that-are-not-there"];
  const failed = spawnSync(process.execPath, [tsc, ...options], { cwd: FOLDER });
  assert.notEqual(failed.status, 0);
  assert.match(String(failed.stdout), /types-that-are-not-there/);
  assert.deepEqual(readdirSync(out), []);
});
