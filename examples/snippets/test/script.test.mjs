// The snippet script.ts, with Node's own fetch.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { connect } from "../dist/script.js";
import { personOf } from "./person.mjs";
import { startStack } from "./stack.mjs";

let stack;
before(async () => {
  stack = await startStack({ configuration: "one-site.toml" });
});
after(() => stack?.close());

test("a script signs somebody up, as it says an origin", async () => {
  const { error } = await createAuthClient({ baseURL: stack.auth.url }).signUp.email(personOf("Alice"));
  assert.deepEqual([error.status, error.code], [403, "MISSING_OR_NULL_ORIGIN"]);
  const { data } = await connect(stack.auth.url).signUp.email(personOf("Alice"));
  assert.equal(data.user.name, "Alice");
});
