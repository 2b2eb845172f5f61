// What the users of Better Auth notice of the deliveries: nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "./better-auth.mjs";
import { startReceiver } from "./receiver.mjs";

test("a service that hangs delays nobody's sign-out", async (t) => {
  const answer = (number) => (number === 0 ? undefined : { status: 204 });
  const server = await start(t, { advanced: {}, answer, timeout: 1000 });
  const { browser } = await server.signIn(await server.signUp("ann"));
  const begin = performance.now();
  await browser.send("/sign-out", {});
  assert.ok(performance.now() - begin < 500);
  const [first, second] = (await server.receiver.first(2)).map(({ headers }) => headers["webhook-id"]);
  assert.equal(second, first);
});

test("without a background handler it is sent as well", async (t) => {
  const server = await start(t, { advanced: {} });
  const { browser, session } = await server.signIn(await server.signUp("ann"));
  await browser.send("/sign-out", {});
  await server.receiver.first(1);
  assert.deepEqual((await server.heard()).map(({ sessionId }) => sessionId), [session.id]);
});

test("a background handler that fails ends no request", async (t) => {
  const handler = () => {
    throw new Error("outside of a request");
  };
  const server = await start(t, { advanced: { backgroundTasks: { handler } } });
  const { browser } = await server.signIn(await server.signUp("ann"));
  await browser.send("/sign-out", {});
  await server.receiver.first(1);
});

test("a service that refuses is told of in Better Auth's log", async (t) => {
  const server = await start(t, { answer: () => ({ status: 400 }) });
  const { browser } = await server.signIn(await server.signUp("ann"));
  await browser.send("/sign-out", {});
  const [{ id }] = await server.heard();
  const line = `error better-auth-verifier: session.deleted ${id} was not delivered to ${server.receiver.url}: it answered 400`;
  assert.deepEqual(server.lines, [line]);
});

test("every instance of the service hears of the same event, one later than the other", async (t) => {
  const other = await startReceiver();
  t.after(other.close);
  const answer = (number) => ({ status: number === 0 ? 503 : 204 });
  const server = await start(t, { advanced: {}, answer, others: [other.url] });
  const { browser } = await server.signIn(await server.signUp("ann"));
  await browser.send("/sign-out", {});
  const told = [...(await server.receiver.first(2)), ...(await other.first(1))];
  assert.equal(new Set(told.map(({ headers, body }) => headers["webhook-id"] + body)).size, 1);
});
