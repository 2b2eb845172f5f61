// Signing in and out with Better Auth's own client, which is the source of the JWTs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient, jwt, unwrap } from "../dist/index.js";
import { startStack } from "../../../tests/stack/stack.mjs";
import { authClientOf, personOf } from "./auth-client.mjs";
import { eventOf } from "./hook.mjs";

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.close());

function start() {
  const authClient = authClientOf(stack.auth);
  const credential = jwt(() => authClient.token());
  return { authClient, credential, api: createClient({ baseUrl: stack.url, credential }) };
}

async function isRefused(api, type) {
  const error = await unwrap(api.GET("/api/me")).catch((error) => error);
  assert.deepEqual([error.status, error.problem?.type], [401, `urn:problem:${type}`]);
}

test("who signs in is known, and who signs out is not", async () => {
  const { authClient, credential, api } = start();
  await isRefused(api, "missing-credential");

  const alice = personOf("Alice");
  const { data } = await authClient.signUp.email(alice);
  const me = await unwrap(api.GET("/api/me"));
  assert.deepEqual([me.user.id, me.user.email, me.strategy], [data.user.id, alice.email, "jwt"]);

  assert.deepEqual((await authClient.signOut()).data, { success: true });
  // What Better Auth's plugin for the service does then.
  const event = eventOf(stack.hookSecret, "session.deleted", { userId: data.user.id });
  await unwrap(createClient({ baseUrl: stack.url }).POST("/hooks/better-auth", event));
  assert.equal(typeof (await credential.token()), "string");
  await isRefused(api, "invalid-credential");
  assert.equal((await authClient.token()).error.status, 401);
  assert.equal(await credential.token(), undefined);
  await isRefused(api, "missing-credential");
  assert.deepEqual(await unwrap(api.GET("/api/public")), { message: "Hello, guest!" });

  await authClient.signIn.email(alice);
  assert.equal((await unwrap(api.GET("/api/me"))).user.id, me.user.id);
});

test("another user is known once the token of the first is forgotten", async () => {
  const { authClient, credential, api } = start();
  const nameOfCaller = async () => (await unwrap(api.GET("/api/me"))).user.name;
  await authClient.signUp.email(personOf("Bob"));
  assert.equal(await nameOfCaller(), "Bob");
  await authClient.signOut();
  await authClient.signUp.email(personOf("Carol"));
  assert.equal(await nameOfCaller(), "Bob");
  credential.forget();
  assert.equal(await nameOfCaller(), "Carol");
});
