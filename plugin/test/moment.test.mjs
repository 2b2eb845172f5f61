// What is sent of all that happens to a user within a moment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createTell } from "../dist/tell.js";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function teller({ defaultFindManyLimit, runInBackground, deliver = async () => {} } = {}) {
  const works = [];
  const sent = [];
  const lines = [];
  const context = {
    options: { advanced: { database: { defaultFindManyLimit } } },
    runInBackground: runInBackground ?? ((work) => void works.push(work)),
  };
  const send = (event) => {
    sent.push({ at: Date.now(), ...JSON.parse(event.body) });
    return deliver(event);
  };
  const tell = createTell(context, send, (line) => lines.push(line));
  const end = (from, to) => {
    for (let number = from; number <= to; number++) tell("session.deleted", { sessionId: `s${number}`, userId: "u1" });
  };
  const told = async () => {
    await Promise.all(works);
    return sent.map(({ type, data }) => [type, data]);
  };
  return { tell, end, told, sent, works, lines };
}

const session = (number) => ["session.deleted", { sessionId: `s${number}`, userId: "u1" }];
const ALL = ["session.deleted", { userId: "u1" }];

test("three sessions are sent one by one, of four the user alone", async () => {
  const three = teller();
  three.end(1, 3);
  assert.deepEqual(await three.told(), [session(1), session(2), session(3)]);
  const four = teller();
  four.end(1, 4);
  assert.deepEqual(await four.told(), [ALL]);
});

// It finds no more rows than that, and deletes all.
test("as many sessions as Better Auth finds at once may be more", async () => {
  for (const limit of [1, 2]) {
    const { end, told } = teller({ defaultFindManyLimit: limit });
    end(1, limit);
    assert.deepEqual(await told(), [ALL]);
  }
  const { end, told } = teller({ defaultFindManyLimit: 3 });
  end(1, 2);
  assert.deepEqual(await told(), [session(1), session(2)]);
});

test("a session without an id stands for all of the user", async () => {
  const { tell, end, told } = teller();
  end(1, 1);
  tell("session.deleted", { userId: "u1" });
  end(2, 2);
  assert.deepEqual(await told(), [ALL]);
});

test("the same that comes again is sent once, and each kind for itself", async () => {
  const { tell, end, told } = teller();
  for (let copies = 0; copies < 150; copies++) tell("user.updated", { userId: "u1" });
  end(1, 1);
  end(1, 1);
  tell("user.deleted", { userId: "u1" });
  assert.deepEqual(await told(), [["user.updated", { userId: "u1" }], session(1), ["user.deleted", { userId: "u1" }]]);
});

test("each user for themselves", async () => {
  const { tell, told, works } = teller();
  for (let user = 1; user <= 10; user++) tell("user.updated", { userId: user });
  assert.equal((await told()).length, 10);
  assert.equal(works.length, 10);
});

test("what comes one after the other is one moment, and the platform is told of it once", async () => {
  const { end, told, works } = teller();
  for (let number = 1; number <= 10; number++) {
    end(number, number);
    await pause(5);
  }
  assert.deepEqual(await told(), [ALL]);
  assert.equal(works.length, 1);
});

test("what never ends is sent at last", async () => {
  const { tell, sent, told } = teller();
  const begin = Date.now();
  while (Date.now() - begin < 1200) {
    tell("user.updated", { userId: "u1" });
    await pause(1);
  }
  await told();
  assert.ok(sent.length >= 2 && sent.length <= 5, `${sent.length} events`);
  assert.ok(sent[0].at - begin < 1000, `${sent[0].at - begin} ms`);
});

// What Better Auth issues from then on must not be over.
test("an event has the time of what happened, not of its sending", async () => {
  const { tell, sent, told } = teller();
  tell("user.updated", { userId: "u1" });
  await pause(5);
  tell("user.updated", { userId: "u1" });
  const happened = Date.now();
  await told();
  assert.ok(Date.parse(sent[0].timestamp) <= happened);
  assert.ok(sent[0].at > happened);
});

const HANDLERS = {
  "throws": () => {
    throw new Error("outside of a request");
  },
  "rejects": async () => {
    throw new Error("outside of a request");
  },
  "gives something odd": () => ({
    get then() {
      throw new Error("outside of a request");
    },
  }),
};
for (const [which, runInBackground] of Object.entries(HANDLERS)) {
  test(`a background handler that ${which} is said, and the event is sent`, async () => {
    const { end, sent, lines } = teller({ runInBackground });
    end(1, 1);
    await pause(300);
    assert.equal(sent.length, 1);
    assert.deepEqual(lines, ["advanced.backgroundTasks.handler failed"]);
  });
}

test("nothing is thrown whatever goes wrong within", async () => {
  const broken = () => {
    throw new Error("broken");
  };
  const { tell, end, told, lines } = teller({ deliver: broken });
  end(1, 1);
  await told();
  tell("session.deleted", { sessionId: "s1", userId: { toString: broken } });
  assert.deepEqual(lines, ["the events of a user could not be sent and are lost", "session.deleted of a user could not be sent and is lost"]);
});
