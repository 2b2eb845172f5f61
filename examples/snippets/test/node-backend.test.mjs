// The snippet node-backend.ts, between a caller and the service.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { signIn } from "../../../tests/stack/stack.mjs";
import { lead } from "./names.mjs";
import { startStack } from "./stack.mjs";

let stack, backend, alice;
before(async () => {
  stack = await startStack({ configuration: "one-site.toml" });
  lead({ "https://api.example.com": stack.service.url });
  alice = await signIn(stack.auth.url);
  backend = (await import("../dist/node-backend.js")).server;
  await once(backend.listen(0, "127.0.0.1"), "listening");
});
after(async () => {
  backend?.close();
  await stack?.close();
});

async function ask(token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(`http://127.0.0.1:${backend.address().port}`, { headers });
  return [response.status, await response.text()];
}

test("callers are known by what they present, and refused without", async () => {
  for (const token of [alice.jwt, alice.session]) assert.deepEqual(await ask(token), [200, "The orders of alice"]);
  assert.deepEqual(await ask(), [401, ""]);
  assert.deepEqual(await ask("made.up"), [401, ""]);
});

test("an outage is no refusal", async () => {
  await stack.service.close();
  assert.deepEqual(await ask(alice.jwt), [503, ""]);
});
