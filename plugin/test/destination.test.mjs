import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { Destination } from "../dist/destination.js";
import { createEvent } from "../dist/event.js";
import { Signature } from "../dist/signature.js";
import { readEvent, SECRET, startReceiver } from "./receiver.mjs";

// The plugin's timers let a process end; these tests wait for them.
const awake = setInterval(() => {}, 60_000);
after(() => clearInterval(awake));

const TEN_MINUTES = 600_000;
const lost = ({ id, type }) => `${type} ${id} was not delivered`;
// How many are lost as the lines count them.
const counted = (lines) => lines.reduce((sum, line) => sum + Number(/ and are lost: (\d+)$/.exec(line)?.[1] ?? 0), 0);
const rejects = (url) => `${url} rejects events: `;
// The real one takes time that a mocked clock knows nothing of.
const UNSIGNED = { sign: async () => "v1," };
const event = () => createEvent("session.deleted", { sessionId: "s1", userId: 7 });

function destinationAt(url, { signature = new Signature(SECRET), timeout = 2000, giveUpAfter = TEN_MINUTES } = {}) {
  const lines = [];
  const destination = new Destination(new URL(url), { signature, timeout, giveUpAfter }, (line) => lines.push(line));
  return { lines, destination };
}

async function startBoth(t, answers, settings) {
  const receiver = await startReceiver((number) => answers[Math.min(number, answers.length - 1)]);
  t.after(receiver.close);
  return { ...receiver, ...destinationAt(`${receiver.url}?key=hidden`, settings) };
}

const statuses = (...all) => all.map((status) => ({ status }));

// These come first: what Node's fetch leaves behind after real requests does not work with a mocked clock.
test("who is rejected for ten minutes loses what is older, and says so once a minute", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const attempts = t.mock.method(globalThis, "fetch", async () => new Response(null, { status: 401 }));
  const { destination, lines } = destinationAt("https://api.example.test/hook", { signature: UNSIGNED });
  let lost = 0;
  for (let sent = 0; sent < 40; sent++) void destination.deliver(event()).then(() => lost++);
  for (let ticks = 0; ticks < 6_300; ticks++) {
    await new Promise(setImmediate);
    t.mock.timers.tick(100);
  }
  await new Promise(setImmediate);
  assert.equal(lost, 40);
  const problems = lines.filter((line) => line.includes(" rejects events: it answered 401. Check that "));
  assert.ok(problems.length > 7 && problems.length < 12, `${problems.length} lines`);
  assert.equal(counted(lines), 40);
  assert.ok(lines.length - problems.length <= 2, lines.join("\n"));
  const count = attempts.mock.callCount();
  assert.ok(count < 100, `${count} attempts`);
});

test("an outage after one rejection is said once a minute, and each event that it loses is counted", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  let answers = 0;
  t.mock.method(globalThis, "fetch", async () => {
    if (answers++ === 0) return new Response(null, { status: 401 });
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
  });
  const { destination, lines } = destinationAt("https://api.example.test/hook", { signature: UNSIGNED, giveUpAfter: 60_000 });
  let [sent, lost] = [0, 0];
  for (let seconds = 0; seconds < 1_200; seconds++) {
    if (seconds < 900 && seconds % 30 === 0) void destination.deliver(event(), sent++).then(() => lost++);
    for (let ticks = 0; ticks < 10; ticks++) {
      await new Promise(setImmediate);
      t.mock.timers.tick(100);
    }
  }
  assert.equal(lost, sent);
  assert.equal(counted(lines), sent);
  const problems = lines.filter((line) => line.startsWith("https://api.example.test/hook rejected events and fails now: ECONNREFUSED."));
  assert.ok(problems.length >= 12 && problems.length <= 16, lines.join("\n"));
  assert.ok(lines.length - problems.length <= 20, lines.join("\n"));
});

test("after ten minutes it gives up, in one line", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const begin = Date.now();
  const attempts = t.mock.method(globalThis, "fetch", async () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
  });
  const { destination, lines } = destinationAt("https://api.example.test/hook", { signature: UNSIGNED });
  const sent = event();
  let over = false;
  void destination.deliver(sent).then(() => (over = true));
  while (!over) {
    await new Promise(setImmediate);
    t.mock.timers.tick(100);
  }
  const minutes = (Date.now() - begin) / 60_000;
  assert.ok(minutes > 9.5 && minutes < 10.1, `${minutes} minutes`);
  // Doubling up to ten seconds, then ten seconds each.
  const count = attempts.mock.callCount();
  assert.ok(count > 55 && count < 80, `${count} attempts`);
  assert.deepEqual(lines, [`${lost(sent)} to https://api.example.test/hook: ECONNREFUSED`]);
});

test("503 twice, then 204: the same event three times", async (t) => {
  const { destination, requests, lines } = await startBoth(t, statuses(503, 503, 204));
  const sent = event();
  await destination.deliver(sent);
  const told = { id: sent.id, type: "session.deleted", sessionId: "s1", userId: "7" };
  assert.deepEqual(requests.map(readEvent), Array(3).fill(told));
  assert.deepEqual(requests.map(({ body }) => body), Array(3).fill(sent.body));
  const [first, second, third] = requests.map(({ at }) => at);
  assert.ok(second - first >= 70 && third - second >= 140, "it waits, and longer each time");
  assert.deepEqual(lines, []);
});

for (const status of [408, 429, 500, 502, 599]) {
  test(`${status} is tried again`, async (t) => {
    const { destination, requests } = await startBoth(t, statuses(status, 204));
    await destination.deliver(event());
    assert.equal(requests.length, 2);
  });
}

for (const status of [200, 204, 409]) {
  test(`${status} means delivered`, async (t) => {
    const { destination, requests, lines } = await startBoth(t, statuses(status));
    await destination.deliver(event());
    assert.equal(requests.length, 1);
    assert.deepEqual(lines, []);
  });
}

for (const status of [302, 400, 405, 413]) {
  test(`${status} is final, and said once`, async (t) => {
    const { destination, requests, lines, url } = await startBoth(t, [{ status, headers: { location: "/elsewhere" } }]);
    const sent = event();
    await destination.deliver(sent);
    await destination.deliver(event());
    assert.deepEqual(requests.map(({ path }) => path), Array(2).fill("/hooks/better-auth?key=hidden"));
    assert.deepEqual(lines, [`${lost(sent)} to ${url}: it answered ${status}`]);
  });
}

// As while the secret is changed on one side after the other.
for (const status of [401, 403, 404]) {
  test(`${status} is said at once, and one event tries whether it is over`, async (t) => {
    const { destination, requests, lines, url } = await startBoth(t, statuses(status, status, status, 204));
    await destination.deliver(event()).then(() => assert.equal(requests.length, 4));
    assert.equal(lines.length, 1);
    assert.ok(lines[0].startsWith(`${rejects(url)}it answered ${status}.`) && lines[0].endsWith("for 600 s"), lines[0]);
  });
}

test("who is rejected does not ask for each event", async (t) => {
  let rejects = true;
  const receiver = await startReceiver(() => ({ status: rejects ? 401 : 204 }));
  t.after(receiver.close);
  const { destination, lines } = destinationAt(receiver.url);
  const deliveries = Array.from({ length: 500 }, () => destination.deliver(event()));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { length } = receiver.requests;
  // Those that were under way when the first was rejected, and the tries since.
  assert.ok(length < 16 + 6, `${length} requests`);
  rejects = false;
  await Promise.all(deliveries);
  assert.equal(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size, 500);
  assert.equal(lines.length, 1);
});

test("what is lost to newer events meanwhile is counted", async (t) => {
  let status = 401;
  t.mock.method(globalThis, "fetch", async () => new Response(null, { status }));
  const { destination, lines } = destinationAt("https://api.example.test/hook", { signature: UNSIGNED });
  const first = destination.deliver(event());
  while (lines.length === 0) await new Promise(setImmediate);
  const deliveries = Array.from({ length: 10_004 }, () => destination.deliver(event()));
  status = 204;
  await Promise.all([first, ...deliveries]);
  assert.equal(counted(lines), 5);
  assert.ok(lines.length <= 3, lines.join("\n"));
});

test("what was refused is said again after a delivery", async (t) => {
  const { destination, lines } = await startBoth(t, statuses(400, 204, 400));
  for (const sent of [event(), event(), event()]) await destination.deliver(sent);
  assert.equal(lines.length, 2);
});

test("Retry-After is kept to", async (t) => {
  const { destination, requests } = await startBoth(t, [{ status: 503, headers: { "retry-after": "1" } }, { status: 204 }]);
  await destination.deliver(event());
  assert.ok(requests[1].at - requests[0].at >= 990);
});

test("an attempt that hangs ends, and is made again", async (t) => {
  const { destination, requests } = await startBoth(t, [undefined, { status: 204 }], { timeout: 100 });
  await destination.deliver(event());
  assert.equal(requests.length, 2);
});

test("a service that is not there yet hears of it when it is", async (t) => {
  const server = createServer((_request, response) => response.writeHead(204).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");

  const { destination, lines } = destinationAt(`http://127.0.0.1:${port}/`);
  const delivered = destination.deliver(event());
  setTimeout(() => server.listen(port, "127.0.0.1"), 150);
  t.after(() => server.close());
  await delivered;
  assert.deepEqual(lines, []);
});

for (const status of [401, 503]) {
  test(`${status}, and nothing is tried again with giveUpAfter 0`, async (t) => {
    const { destination, requests, lines } = await startBoth(t, statuses(status), { giveUpAfter: 0 });
    await destination.deliver(event());
    assert.equal(requests.length, 1);
    assert.equal(lines.length, status === 401 ? 2 : 1);
    assert.ok(lines.at(-1).includes(status === 401 ? "and are lost: 1" : "was not delivered"), lines.join("\n"));
  });
}

// As while the secret is changed: the first is rejected and rests for longer than the others may wait.
for (const giveUpAfter of [0, 50]) {
  test(`who is rejected loses nothing untried with giveUpAfter ${giveUpAfter}`, async (t) => {
    let rejects = true;
    const receiver = await startReceiver(() => ({ status: rejects ? 401 : 204 }));
    t.after(receiver.close);
    const { destination } = destinationAt(receiver.url, { giveUpAfter });
    const first = destination.deliver(event());
    await receiver.first(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const others = Array.from({ length: 20 }, event);
    const deliveries = others.map((each) => destination.deliver(each));
    rejects = false;
    await Promise.all([first, ...deliveries]);
    const delivered = receiver.requests.slice(1).map(({ headers }) => headers["webhook-id"]);
    assert.deepEqual(new Set(delivered), new Set(others.map(({ id }) => id)));
  });
}

test("with giveUpAfter 0 what was rejected is not tried again when another is delivered", async (t) => {
  const later = () => new Promise((resolve) => setTimeout(resolve, 50, { status: 204 }));
  const receiver = await startReceiver((number) => (number === 0 ? { status: 401 } : later()));
  t.after(receiver.close);
  const { destination } = destinationAt(receiver.url, { giveUpAfter: 0 });
  await Promise.all([destination.deliver(event()), destination.deliver(event())]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(receiver.requests.length, 2);
});

test("giveUpAfter bounds how long it is tried", async (t) => {
  const { destination, requests, lines } = await startBoth(t, statuses(503), { giveUpAfter: 500 });
  const begin = Date.now();
  const sent = event();
  await destination.deliver(sent);
  assert.ok(Date.now() - begin < 1500);
  assert.ok(requests.length > 1 && requests.length < 5, `${requests.length} attempts`);
  assert.ok(lines[0].startsWith(lost(sent)), lines[0]);
});

// A timer that is given more than 2^31 milliseconds ends at once.
test("a Retry-After of many years makes no hot loop", async (t) => {
  const far = { status: 503, headers: { "retry-after": "99999999999" } };
  const { destination, requests } = await startBoth(t, [{ status: 401 }, far]);
  void destination.deliver(event());
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal(requests.length, 2);
});

test("a Retry-After of a day rests those that were rejected no longer than giveUpAfter", async (t) => {
  const day = { status: 503, headers: { "retry-after": "86400" } };
  const { destination, requests } = await startBoth(t, [{ status: 401 }, day, { status: 204 }], { giveUpAfter: 500 });
  const first = destination.deliver(event());
  while (requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await Promise.all([first, destination.deliver(event())]);
  assert.equal(requests.length, 3);
  const rested = requests[2].at - requests[1].at;
  assert.ok(rested >= 450 && rested < 2000, `${rested} ms`);
});

test("of too many the oldest is lost, and few are under way at once", async (t) => {
  const attempts = t.mock.method(globalThis, "fetch", () => new Promise(() => {}));
  const { destination, lines } = destinationAt("https://api.example.test/hook");
  const oldest = event();
  const lost = destination.deliver(oldest);
  for (let more = 0; more < 9_999; more++) void destination.deliver(event());
  assert.deepEqual(lines, []);
  void destination.deliver(event());
  await lost;
  assert.equal(lines.length, 1);
  assert.ok(lines[0].includes(oldest.id));
  while (attempts.mock.callCount() < 16) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(attempts.mock.callCount(), 16);
});
