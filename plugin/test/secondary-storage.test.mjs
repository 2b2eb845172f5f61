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

const unreported = (line) => assert.fail(line);

function watched(...names) {
  const storage = new Storage();
  const lines = [];
  const told = names.map((name) => {
    const heard = [];
    watchSessions(storage, name, (...event) => heard.push(event), (line) => lines.push(line));
    return heard;
  });
  return { storage, told, lines };
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
  watchSessions(storage, "here", (type) => order.push(type), unreported);
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

// As Better Auth's newer versions do it when all sessions of a user end.
test("a marker that ends all sessions of a user is told as the user's", async () => {
  const { storage, told } = watched("here");
  await storage.set("revoked-sessions-before-u1", "1763640000000", 60);
  assert.deepEqual(told, [[["session.deleted", { userId: "u1" }]]]);
});

const FAILURES = {
  "cannot be read": async () => {
    throw new Error("t1: the connection is gone");
  },
  "cannot be read, which is thrown": () => {
    throw new Error("t1: the connection is gone");
  },
  "is read for ever": () => new Promise(() => {}),
};
for (const [failure, get] of Object.entries(FAILURES)) {
  test(`a session that ${failure} is written and removed all the same`, async () => {
    const { storage, told, lines } = watched("here");
    await storage.set("t1", JSON.stringify(SESSION));
    storage.get = get;
    const begin = Date.now();
    await storage.set("t1", JSON.stringify({ ...SESSION, user: { id: "u1", role: "admin" } }));
    assert.equal(await storage.delete("t1"), "deleted");
    assert.ok(Date.now() - begin < 2500);
    assert.deepEqual(told, [[]]);
    const line = "secondaryStorage.get failed twice or took longer than 1 s: if a session ends with this call, the plugin does not send it";
    const late = [`${line}, nor those that end within the next 10 s`];
    assert.deepEqual(lines, failure === "is read for ever" ? late : [line, line]);
  });
}

// Of which the first `get` never answers, and which notes what was written under the key, in this order.
class Hanging extends Storage {
  written = [];
  #asked = 0;

  get(key) {
    return this.#asked++ === 0 ? new Promise(() => {}) : super.get(key);
  }
  set(key, value) {
    this.written.push(`set ${key}`);
    return super.set(key, value);
  }
  delete(key) {
    this.written.push(`delete ${key}`);
    return super.delete(key);
  }
}
const hanging = () => {
  const storage = new Hanging();
  watchSessions(storage, "here", () => {}, () => {});
  return storage;
};

test("a session that is removed while its last write waits does not come back", async () => {
  const storage = hanging();
  const set = storage.set("t1", JSON.stringify(SESSION));
  await Promise.all([set, storage.delete("t1")]);
  assert.deepEqual(storage.written, ["set t1", "delete t1"]);
  assert.equal(await storage.get("t1"), null);
});

test("whatever is written under a key, the order stays", async () => {
  const storage = hanging();
  const deletions = Array.from({ length: 3 }, () => storage.delete("other"));
  const writes = [storage.set("other", "[]"), storage.set("other", JSON.stringify(SESSION)), storage.delete("other"), storage.set("other", "[1]")];
  // Who has another key waits for none of them.
  await storage.delete("t1");
  assert.deepEqual(storage.written, ["delete t1"]);
  await Promise.all([...deletions, ...writes]);
  assert.deepEqual(storage.written.slice(1), [...Array(3).fill("delete other"), "set other", "set other", "delete other", "set other"]);
  assert.equal(await storage.get("other"), "[1]");
});

test("a write that never ends holds up no other", async () => {
  const stuck = new Storage();
  let calls = 0;
  stuck.delete = () => (calls++ === 0 ? new Promise(() => {}) : "deleted");
  watchSessions(stuck, "here", () => {}, unreported);
  void stuck.delete("t1");
  assert.equal(await stuck.delete("t1"), "deleted");
});

test("150 deletions wait for a storage that hangs no longer than one, and it is asked again later", async (t) => {
  const { storage, told, lines } = watched("here");
  for (let number = 0; number < 151; number++) await storage.set(`t${number}`, JSON.stringify(SESSION));
  const { get } = storage;
  storage.get = () => new Promise(() => {});
  const begin = Date.now();
  for (let number = 0; number < 150; number++) assert.equal(await storage.delete(`t${number}`), "deleted");
  assert.ok(Date.now() - begin < 2500, `${Date.now() - begin} ms`);
  assert.equal(lines.length, 1);
  storage.get = get;
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 11_000 });
  await storage.delete("t150");
  assert.deepEqual(told, [[ENDED]]);
});

test("many at once that wait for a storage that hangs are one line", async () => {
  const { storage, lines } = watched("here");
  storage.get = () => new Promise(() => {});
  await Promise.all(Array.from({ length: 150 }, (_, number) => storage.delete(`t${number}`)));
  assert.equal(lines.length, 1);
});

test("what is no session is written at once, as before", () => {
  const order = [];
  class Synchronous extends Storage {
    set(key) {
      order.push(key);
      return "set";
    }
  }
  const synchronous = new Synchronous();
  watchSessions(synchronous, "here", () => {}, unreported);
  assert.equal(synchronous.set("a rate limit", "1"), "set");
  assert.deepEqual(order, ["a rate limit"]);
});

const UNCHANGEABLE = {
  frozen: () => Object.freeze({ ...methods() }),
  "with methods of its own kind": () => {
    const own = methods();
    return new Proxy({}, { get: (_, name) => own[name] });
  },
  "whose methods have no setter": () => Object.create(null, Object.fromEntries(Object.entries(methods()).map(([name, get]) => [name, { get: () => get }]))),
};
function methods() {
  const storage = new Storage();
  return { get: (key) => storage.get(key), set: (key, value) => storage.set(key, value), delete: (key) => storage.delete(key) };
}
for (const [kind, create] of Object.entries(UNCHANGEABLE)) {
  test(`a storage ${kind} works as before, and one line says so`, async () => {
    const storage = create();
    const lines = [];
    for (const name of ["here", "there"]) watchSessions(storage, name, () => assert.fail("told"), (line) => lines.push(line));
    await storage.set("t1", JSON.stringify(SESSION));
    assert.equal(await storage.get("t1"), JSON.stringify(SESSION));
    assert.equal(await storage.delete("t1"), "deleted");
    assert.equal(lines.length, 1);
    assert.match(lines[0], /secondaryStorage.* delete and set cannot be replaced/);
  });
}

test("a storage that is none is said, and nothing is thrown", () => {
  const lines = [];
  watchSessions("redis://127.0.0.1", "here", () => {}, (line) => lines.push(line));
  assert.equal(lines.length, 1);
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
  watchSessions(storage, "here", (...event) => told.push(event), unreported);
  await storage.set("t1", JSON.stringify(SESSION));
  await assert.rejects(storage.delete("t1"), /read-only/);
  assert.deepEqual(told, []);
});
