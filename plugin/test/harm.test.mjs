// What the plugin must never do to Better Auth, and to the process that it runs in.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start, storageIn } from "./better-auth.mjs";
import { startRedis } from "./redis.mjs";

let redis;
before(async () => (redis = await startRedis()));
after(() => redis.stop());

const SCRIPT = fileURLToPath(new URL("script.mjs", import.meta.url));

for (const handler of ["none", "throws", "rejects", "rejects with the promise"]) {
  test(`a script that has finished ends, with a service out of reach; background handler: ${handler}`, async () => {
    const child = spawn(process.execPath, [SCRIPT, handler], { stdio: ["ignore", "pipe", "pipe"] });
    let [finished, errors] = [0, ""];
    child.stdout.on("data", (text) => (finished ||= String(text).includes("finished") && Date.now()));
    child.stderr.on("data", (text) => (errors += text));
    const [code] = await once(child, "close");
    assert.equal(code, 0, errors);
    const waited = Date.now() - finished;
    // As long as the first attempt may take.
    assert.ok(finished > 0 && waited < 2500, `${waited} ms`);
  });
}

test("a log that fails ends no request", async (t) => {
  const log = () => {
    throw new Error("the disk is full");
  };
  const server = await start(t, { logger: { log }, answer: () => ({ status: 400 }) });
  const { browser } = await server.signIn(await server.signUp("ann"));
  await browser.send("/sign-out", {});
  assert.equal((await server.heard()).length, 1);
});

test("with a frozen secondary storage Better Auth works as before, and one line says what is not told", async (t) => {
  const server = await start(t, { secondaryStorage: { ...storageIn(redis, "frozen:"), frozen: true } });
  const { browser } = await server.signIn(await server.signUp("ann"));
  await browser.send("/update-user", { name: "Anna" });
  await browser.send("/sign-out", {});
  assert.deepEqual((await server.heard()).map(({ type }) => type), ["user.updated"]);
  assert.equal(server.lines.length, 1);
  assert.match(server.lines[0], /better-auth-verifier: .*secondaryStorage.* not frozen/);
});
