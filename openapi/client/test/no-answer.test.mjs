// One error for everything that leaves a request without an answer.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { bearer, createClient, jwt, NoAnswerError, TokenSourceError } from "../dist/index.js";
import { answer, later, startFake } from "./fake-service.mjs";
import { sourceOf, token } from "./tokens.mjs";

const silence = () => new Promise(() => {});

/** What a call of this client has thrown, and after how many milliseconds. */
async function thrownBy(options, init) {
  const begin = performance.now();
  const error = await createClient(options).GET("/api/me", init).then(
    () => assert.fail("it has an answer"),
    (error) => error,
  );
  return { error, milliseconds: performance.now() - begin };
}

function isNoAnswer(error, message, cause) {
  assert.ok(error instanceof NoAnswerError && error.name === "NoAnswerError", error);
  assert.match(error.message, message);
  if (cause) assert.equal(error.cause?.name, cause);
}

/** A server that writes these bytes and closes the connection. */
async function startBroken(t, bytes) {
  const server = createServer((socket) => {
    socket.once("data", () => socket.end(bytes)).on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

test("nobody is there", async () => {
  isNoAnswer((await thrownBy({ baseUrl: "http://127.0.0.1:1" })).error, /^No answer: fetch failed$/, "TypeError");
});

for (const status of ["200 OK", "503 Service Unavailable"]) {
  test(`an answer breaks off in its body: ${status}`, async (t) => {
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
    isNoAnswer((await thrownBy({ baseUrl: await startBroken(t, `${head}{"user":`) })).error, /^No answer: /, "TypeError");
  });
}

test("the service does not answer in time", async (t) => {
  const { baseUrl } = await startFake(t, silence);
  const { error, milliseconds } = await thrownBy({ baseUrl, timeout: 0.2 });
  isNoAnswer(error, /^No answer within 0.2 s$/);
  assert.ok(milliseconds >= 195 && milliseconds < 2000, `${milliseconds} ms`);
});

test("the body does not come in time", async (t) => {
  const server = createServer((socket) => {
    const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    socket.once("data", () => socket.write(`${head}{"user":`)).on("error", () => {});
    t.after(() => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  isNoAnswer((await thrownBy({ baseUrl, timeout: 0.2 })).error, /^No answer within 0.2 s$/);
});

test("a fetch that does not look at its signal is not waited for either", async () => {
  isNoAnswer((await thrownBy({ baseUrl: "http://localhost", fetch: silence, timeout: 0.1 })).error, /within 0.1 s/);
});

test("the time is that of tokens, waits and answers together", async (t) => {
  const { baseUrl, requests } = await startFake(t, () => later(503, "1"));
  const timed = { baseUrl, timeout: 1.5 };
  const { error, milliseconds } = await thrownBy(timed);
  isNoAnswer(error, /^No answer within 1.5 s$/);
  assert.ok(milliseconds >= 1490 && milliseconds < 3000, `${milliseconds} ms`);
  assert.equal(requests.length, 2);
  const slow = { token: silence };
  isNoAnswer((await thrownBy({ ...timed, timeout: 0.1, credential: slow })).error, /within 0.1 s/);
});

test("a time that no timer holds is none", async (t) => {
  const { baseUrl } = await startFake(t, () => answer(200, { id: "1" }));
  for (const timeout of [Infinity, 1e9]) {
    assert.equal((await createClient({ baseUrl, timeout }).GET("/api/me")).response.status, 200);
  }
});

test("a signal that is a time-out counts as one; whoever aborts gets their own reason", async (t) => {
  const { baseUrl } = await startFake(t, silence);
  const timedOut = await thrownBy({ baseUrl }, { signal: AbortSignal.timeout(100) });
  isNoAnswer(timedOut.error, /^No answer: /, "TimeoutError");
  const any = AbortSignal.any([AbortSignal.timeout(100), new AbortController().signal]);
  isNoAnswer((await thrownBy({ baseUrl }, { signal: any })).error, /^No answer: /, "TimeoutError");

  const reason = new Error("the page was left");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  assert.equal((await thrownBy({ baseUrl }, { signal: controller.signal })).error, reason);
  assert.equal((await thrownBy({ baseUrl }, { signal: AbortSignal.abort() })).error.name, "AbortError");
});

test("no token could be fetched", async () => {
  const locked = new Error("the safe is locked");
  for (const credential of [bearer(() => { throw locked; }), bearer(async () => { throw locked; }), jwt(sourceOf(locked))]) {
    const { error } = await thrownBy({ baseUrl: "http://localhost", credential });
    assert.ok(error instanceof TokenSourceError && error instanceof NoAnswerError, error);
    assert.equal(error.name, "TokenSourceError");
    assert.equal(error.cause, locked);
  }
});

test("a call that is over holds no process up", async (t) => {
  const { baseUrl } = await startFake(t, () => answer(200, { id: "1" }));
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  await createClient({ baseUrl, credential: jwt(() => token(1)) }).GET("/api/me");
  assert.equal(timers(), before);
});
