// The snippet mobile.ts, on a phone that keeps one token.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NoAnswerError } from "better-auth-verifier-client";
import { connect } from "../dist/mobile.js";
import { options } from "../dist/better-auth.js";
import { lead } from "./names.mjs";
import { personOf } from "./person.mjs";
import { startStack } from "./stack.mjs";

let stack;
before(async () => {
  stack = await startStack({ configuration: "two-origins.toml", options });
  lead({ "https://auth.example.com": stack.auth.url, "https://api.example.com": stack.service.url });
});
after(() => stack?.close());

function emptySafe() {
  let kept = null;
  return {
    get: async () => kept,
    set: async (token) => void (kept = token),
    delete: async () => void (kept = null),
  };
}

test("who signs in is known, after a restart of the app, too, until they sign out", async () => {
  const safe = emptySafe();
  const app = connect(safe);
  assert.equal(await app.whoAmI(), undefined);
  const { error } = await app.authClient.signUp.email(personOf("Alice"));
  assert.equal(error, null);
  const token = await safe.get();
  assert.equal(typeof token, "string");
  const me = await connect(safe).whoAmI();
  assert.deepEqual([me.user.name, me.strategy], ["Alice", "session_table"]);

  assert.equal(await app.signOut(), true);
  assert.equal(await safe.get(), null);
  assert.equal(await app.whoAmI(), undefined);
  // It has ended for whoever has copied it, too.
  await safe.set(token);
  assert.equal(await app.whoAmI(), undefined);
});

test("a JWT does as well", async () => {
  const app = connect(emptySafe());
  await app.authClient.signUp.email(personOf("Bob"));
  const { data } = await app.jwtApi.GET("/api/me");
  assert.deepEqual([data.user.name, data.strategy], ["Bob", "jwt"]);
});

test("what another device has ended is dropped, and asks for a sign-in", async () => {
  const [phone, tablet] = [emptySafe(), emptySafe()];
  const app = connect(phone);
  await app.authClient.signUp.email(personOf("Carol"));
  const other = connect(tablet);
  await other.authClient.signIn.email(personOf("Carol"));
  assert.equal((await app.whoAmI()).user.name, "Carol");

  assert.deepEqual((await other.authClient.revokeSessions()).data, { status: true });
  // SQLite tells within a tenth of a second.
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(await app.whoAmI(), undefined);
  assert.equal(await phone.get(), null);
});

test("an outage costs nobody their token, and a sign-out without a connection leaves none", async () => {
  const safe = emptySafe();
  const app = connect(safe);
  await app.authClient.signUp.email(personOf("Dave"));
  const token = await safe.get();
  await stack.service.close();
  await assert.rejects(app.whoAmI(), NoAnswerError);
  assert.equal(await safe.get(), token);

  await stack.auth.close();
  assert.equal(await app.signOut(), false);
  assert.equal(await safe.get(), null);
});
