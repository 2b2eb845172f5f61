// What is sent again because the answer asked to come back later, and what is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, NoAnswerError } from "../dist/index.js";
import { Patience, retryAfter } from "../dist/patience.js";
import { answer, later, startFake } from "./fake-service.mjs";

const OK = answer(200, { id: "1" });
const TITLE = { title: "Zwölf Äpfel kaufen" };
const request = new Request("http://localhost/");

async function clientOf(t, replies, options = {}) {
  const service = await startFake(t, (_request, number) => replies[number] ?? replies.at(-1));
  return { service, api: createClient({ baseUrl: service.baseUrl, ...options }) };
}

const responseOf = (value, status = 503) => new Response(null, { status, headers: { "Retry-After": value } });

for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"]) {
  const isIdempotent = !["POST", "PATCH"].includes(method);
  const body = ["PUT", "POST", "PATCH"].includes(method) ? TITLE : undefined;

  test(`${method} is sent again after a 429, with the same body`, async (t) => {
    const { service, api } = await clientOf(t, [later(429, "0"), OK]);
    const { response } = await api.request(method, "/api/todos", { body });
    assert.equal(response.status, 200);
    assert.deepEqual(service.requests.map(({ body }) => body), Array(2).fill(body ? JSON.stringify(TITLE) : ""));
  });

  test(`${method} is ${isIdempotent ? "" : "not "}sent again after a 503`, async (t) => {
    const { service, api } = await clientOf(t, [later(503, "0"), OK]);
    const { response } = await api.request(method, "/api/todos", { body });
    assert.equal(response.status, isIdempotent ? 200 : 503);
    assert.equal(service.requests.length, isIdempotent ? 2 : 1);
  });
}

test("without Retry-After, or with one that cannot be read, nothing is sent again", async (t) => {
  for (const value of [undefined, "", "soon", "-1", "1.5", "2026-01-01", "Someday GMT"]) {
    const { service, api } = await clientOf(t, [later(429, value), OK]);
    assert.equal((await api.GET("/api/me")).response.status, 429, value);
    assert.equal(service.requests.length, 1);
  }
});

test("other answers are not waited for", async (t) => {
  for (const status of [400, 403, 404, 408, 500, 502, 504]) {
    const { service, api } = await clientOf(t, [later(status, "0"), OK]);
    assert.equal((await api.GET("/api/me")).response.status, status);
    assert.equal(service.requests.length, 1);
  }
});

test("nothing is sent more than four times", async (t) => {
  const { service, api } = await clientOf(t, [later(429, "0")]);
  assert.equal((await api.GET("/api/me")).response.status, 429);
  assert.equal(service.requests.length, 4);
});

test("what asks for more than the patience comes back at once", async (t) => {
  for (const [seconds, patience] of [["11", undefined], ["1", 0.5], ["0", 0]]) {
    const { service, api } = await clientOf(t, [later(503, seconds), OK], patience === undefined ? {} : { patience });
    const begin = performance.now();
    assert.equal((await api.GET("/api/me")).response.status, 503);
    assert.ok(performance.now() - begin < 900);
    assert.equal(service.requests.length, 1);
  }
});

test("a second is waited", async (t) => {
  const { api } = await clientOf(t, [later(503, "1"), OK]);
  const begin = performance.now();
  assert.equal((await api.GET("/api/me")).response.status, 200);
  assert.ok(performance.now() - begin >= 1000);
});

test("an aborted request ends its wait at once, with the reason", async (t) => {
  const { service, api } = await clientOf(t, [later(503, "5"), OK]);
  const [begin, reason, controller] = [performance.now(), new Error("the page was left"), new AbortController()];
  setTimeout(() => controller.abort(reason), 100);
  await assert.rejects(api.GET("/api/me", { signal: controller.signal }), reason);
  assert.ok(performance.now() - begin < 3000);
  assert.equal(service.requests.length, 1);
});

test("a request that gets no answer is not sent again", async () => {
  let sent = 0;
  const fetch = async () => {
    sent += 1;
    throw new TypeError("fetch failed");
  };
  await assert.rejects(createClient({ baseUrl: "http://localhost", fetch }).GET("/api/me"), NoAnswerError);
  assert.equal(sent, 1);
});

// Whether it is over after so many milliseconds, on a clock that the test sets.
async function endsAt(t, wait, milliseconds) {
  let isOver = false;
  const ended = wait.then((answer) => {
    isOver = true;
    return answer;
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(milliseconds - 1);
  await settle();
  assert.equal(isOver, false, `over before ${milliseconds} ms`);
  t.mock.timers.tick(1);
  await settle();
  assert.equal(isOver, true, `not over after ${milliseconds} ms`);
  return ended;
}

test("seconds and dates are waited for exactly, all waits together within the patience", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.UTC(2026, 0, 1, 12, 0, 0) });
  const patience = new Patience(10);
  assert.equal(await endsAt(t, patience.outlasts(request, responseOf("4"), request.signal), 4000), true);
  const date = responseOf("Thu, 01 Jan 2026 12:00:09 GMT");
  assert.equal(await endsAt(t, patience.outlasts(request, date, request.signal), 5000), true);
  assert.equal(await patience.outlasts(request, responseOf("2"), request.signal), false);
  assert.equal(await endsAt(t, patience.outlasts(request, responseOf("1"), request.signal), 1000), true);
  assert.equal(await patience.outlasts(request, responseOf("0"), request.signal), false);
});

test("a date that is over asks for no wait", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.UTC(2026, 0, 1, 12, 0, 0) });
  assert.equal(retryAfter(responseOf("Thu, 01 Jan 2026 11:59:59 GMT").headers), 0);
  assert.equal(retryAfter(responseOf("Thu, 01 Jan 2026 12:00:07 GMT").headers), 7);
});
