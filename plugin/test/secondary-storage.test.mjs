import assert from "node:assert/strict";
import { test } from "node:test";
import { watchSessions } from "../dist/secondary-storage.js";

class Storage {
  #held = new Map();

  async get(key) {
    return this.#held.get(key) ?? null;
  }
  async set(key, value) {
    this.#held.set(key, value);
  }
  async delete(key) {
    return this.#held.delete(key) ? "deleted" : null;
  }
}

const SESSION = { session: { id: "s1", userId: "u1", token: "t1" }, user: { id: "u1" } };
const ENDED = ["session.deleted", { sessionId: "s1", userId: "u1" }];
const CHANGED = ["user.updated", { userId: "u1" }];

function watched(...names) {
  const storage = new Storage();
  const told = names.map((name) => {
    const heard = [];
    watchSessions(storage, name, (...event) => heard.push(event));
    return heard;
  });
  return { storage, told };
}

test("a session is told when it is gone, once", async () => {
  const { storage, told } = watched("here");
  await storage.set("t1", JSON.stringify(SESSION));
  assert.equal(await storage.delete("t1"), "deleted");
  assert.equal(await storage.delete("t1"), null);
  assert.deepEqual(told, [[ENDED]]);
});

test("a storage that keeps objects", async () => {
  const { storage, told } = watched("here");
  await storage.set("t1", SESSION);
  await storage.delete("t1");
  assert.deepEqual(told, [[ENDED]]);
});

test("a user is told when the copy in a session changes", async () => {
  const { storage, told } = watched("here");
  const write = (change) => storage.set("t1", JSON.stringify({ ...SESSION, ...change }), 60);
  await write();
  await write({ session: { ...SESSION.session, activeOrganizationId: "o1" } });
  assert.deepEqual(told, [[]]);
  await write({ user: { ...SESSION.user, role: "admin" } });
  assert.deepEqual(told, [[CHANGED]]);
});

test("it is told when it is done, and not before", async () => {
  const order = [];
  class Slow extends Storage {
    async set(...given) {
      await new Promise(setImmediate);
      await super.set(...given);
      order.push("set");
    }
    async delete(key) {
      await new Promise(setImmediate);
      await super.delete(key);
      order.push("delete");
    }
  }
  const storage = new Slow();
  watchSessions(storage, "here", (type) => order.push(type));
  await storage.set("t1", JSON.stringify(SESSION));
  await storage.set("t1", JSON.stringify({ ...SESSION, user: { id: "u1", role: "admin" } }));
  await storage.delete("t1");
  assert.deepEqual(order, ["set", "set", "user.updated", "delete", "session.deleted"]);
});

test("what is no session is not told", async () => {
  const { storage, told } = watched("here");
  const objects = ["{}", '{"session":null}', '{"session":{"id":"s1"}}', '{"session":{"userId":null}}'];
  for (const other of ["", "no JSON", "null", "7", "[]", ...objects]) {
    await storage.set("key", other);
    await storage.set("key", other);
    assert.equal(await storage.delete("key"), "deleted");
  }
  assert.deepEqual(told, [[]]);
});

test("of Better Auths on the same storage each service is told once", async () => {
  const { storage, told } = watched("here", "here", "there");
  await storage.set("t1", JSON.stringify(SESSION));
  await storage.delete("t1");
  assert.deepEqual(told, [[], [ENDED], [ENDED]]);
});

test("a session that cannot be read is written and removed all the same", async () => {
  const { storage, told } = watched("here");
  await storage.set("t1", JSON.stringify(SESSION));
  storage.get = async () => {
    throw new Error("the connection is gone");
  };
  await storage.set("t1", JSON.stringify({ ...SESSION, user: { id: "u1", role: "admin" } }));
  assert.equal(await storage.delete("t1"), "deleted");
  assert.deepEqual(told, [[]]);
});

test("a session that can be read at the second try is told", async () => {
  const { storage, told } = watched("here");
  await storage.set("t1", JSON.stringify(SESSION));
  const { get } = storage;
  let failures = 1;
  storage.get = async (key) => {
    if (failures-- > 0) throw new Error("the connection is gone");
    return get.call(storage, key);
  };
  await storage.delete("t1");
  assert.equal(told[0].length, 1);
});

test("a session that was not removed is not told", async () => {
  class Failing extends Storage {
    async delete() {
      throw new Error("read-only");
    }
  }
  const storage = new Failing();
  const told = [];
  watchSessions(storage, "here", (...event) => told.push(event));
  await storage.set("t1", JSON.stringify(SESSION));
  await assert.rejects(storage.delete("t1"), /read-only/);
  assert.deepEqual(told, []);
});
