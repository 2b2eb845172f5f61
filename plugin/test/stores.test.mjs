// Every way, wherever Better Auth keeps its sessions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, version } from "./better-auth.mjs";
import { startRedis } from "./redis.mjs";
import { WAYS } from "./ways.mjs";

let redis;
before(async () => (redis = await startRedis()));
after(() => redis.stop());

const older = (than) => version.localeCompare(than, "en", { numeric: true }) < 0;

// Better Auth 1.7 asks more of a storage than the one written by hand can do.
const inRedis = (prefix, session) => () => ({ secondaryStorage: { redis: redis.url, prefix, package: !older("1.7") }, session });
const BOTH = { storeSessionInDatabase: true };
const PRESERVED = { ...BOTH, preserveSessionInDatabase: true };
const STORES = {
  "in the database": () => ({}),
  "in Redis": inRedis("alone:"),
  "in Redis and the database": inRedis("both:", BOTH),
  "in Redis, preserved in the database": inRedis("preserved:", PRESERVED),
};

// What Better Auth itself does otherwise in its older versions, and what therefore cannot be heard.
function excuse(store, way) {
  if (store.includes("Redis") && store.includes("database") && older("1.5")) return "in Redis the session has no id";
  if (store === "in Redis" && way === "admin/remove-user" && older("1.6")) return "the sessions live on";
  return false;
}

const inOrder = (events) => events.map((event) => JSON.stringify(event, ["type", "sessionId", "userId"])).sort();

for (const [store, options] of Object.entries(STORES)) {
  test(`sessions ${store}`, async (t) => {
    const server = await start(t, options());
    const admin = await server.signIn(await server.signUp("admin", { role: "admin" }));

    for (const [index, [way, go]] of Object.entries(WAYS).entries()) {
      await t.test(way, { skip: excuse(store, way) }, async () => {
        const email = await server.signUp(`user${index}`);
        const [here, there] = [await server.signIn(email), await server.signIn(email)];
        assert.deepEqual(await server.heard(), [], "signing in is nobody's end");

        const expected = await go({ ...server, admin, here, there });
        // What is in several places ends and changes in each.
        const once = (events) => (store === "in the database" ? events : [...new Set(events)]);
        assert.deepEqual(once(inOrder(await server.heard())), once(inOrder(expected)));
      });
    }
  });
}

test("every event has an id of its own", async (t) => {
  const server = await start(t);
  const email = await server.signUp("ann");
  const { browser } = await server.signIn(email);
  await server.signIn(email);
  await browser.send("/revoke-sessions", {});
  const ids = (await server.heard()).map(({ id }) => id);
  assert.equal(new Set(ids).size, 2);
});

test("a session that was presented too late", async (t) => {
  const server = await start(t);
  const { browser, session, user } = await server.signIn(await server.signUp("ann"));
  server.connection.prepare("update session set expiresAt = ?").run(new Date(0).toISOString());
  assert.equal(await browser.send("/get-session"), null);
  const [{ id: _, ...event }, ...more] = await server.heard();
  assert.deepEqual(event, { type: "session.deleted", sessionId: session.id, userId: user.id });
  assert.deepEqual(more, []);
});

test("a session that is lengthened", async (t) => {
  const server = await start(t, { session: { updateAge: 0 } });
  const { browser, session } = await server.signIn(await server.signUp("ann"));
  await server.heard();
  await browser.send("/get-session");
  assert.deepEqual((await server.heard()).map(({ type, sessionId }) => [type, sessionId]), [["session.updated", session.id]]);
});

test("a session whose row has gone before its update", async (t) => {
  const server = await start(t);
  const { internalAdapter } = await server.auth.$context;
  assert.equal(await internalAdapter.updateSession("of no session", { updatedAt: new Date() }), null);
  assert.deepEqual(await server.heard(), []);
});

test("ids that are numbers are sent as text", async (t) => {
  const server = await start(t, { advanced: { database: { generateId: "serial" }, backgroundTasks: undefined } });
  const { browser } = await server.signIn(await server.signUp("ann"));
  await browser.send("/sign-out", {});
  await server.receiver.first(1);
  assert.deepEqual((await server.heard()).map(({ sessionId, userId }) => [sessionId, userId]), [["1", "1"]]);
});

test("without a database, in the process that began the session", async (t) => {
  const server = await start(t, { database: null, plugins: { admin: false, organization: false } });
  const { browser, session } = await server.signIn(await server.signUp("ann"));
  await browser.send("/sign-out", {});
  assert.deepEqual((await server.heard()).map(({ type, sessionId }) => [type, sessionId]), [["session.deleted", session.id]]);
});
