// React Native: its Request, Headers and Response are those of whatwg-fetch, and its signals know no reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Headers, Request, Response } from "whatwg-fetch";
import { bearer, cookie, createClient, NoAnswerError, unwrap } from "../dist/index.js";

Object.assign(globalThis, { Headers, Request, Response });
Object.defineProperty(AbortSignal.prototype, "reason", { value: undefined });
for (const missing of ["any", "timeout"]) delete AbortSignal[missing];

const baseUrl = "https://api.example.com";

/** A service that answers each request the same, and what it was sent. */
function fake(body, init) {
  const sent = [];
  const fetch = async (request) => {
    sent.push(request);
    return new Response(body, { status: 200, headers: { "Content-Type": "application/json" }, ...init });
  };
  return { fetch, sent };
}

test("only cookie() sends cookies", async () => {
  for (const [credential, expected] of [[bearer("token"), "omit"], [cookie(), "include"], [{}, "omit"]]) {
    const { fetch, sent } = fake('{"message":"Hello"}');
    assert.deepEqual(await unwrap(createClient({ baseUrl, credential, fetch }).GET("/api/public")), { message: "Hello" });
    assert.deepEqual(sent.map(({ credentials }) => credentials), [expected]);
  }
});

test("what is sent again is what was sent", async () => {
  const problem = JSON.stringify({ type: "urn:problem:rate-limited", title: "Too many requests", status: 429 });
  const { fetch, sent } = fake(problem, { status: 429, headers: { "Retry-After": "0" } });
  const api = createClient({ baseUrl, credential: bearer("token"), fetch });
  await assert.rejects(unwrap(api.POST("/api/todos", { body: { title: "x" } })), { status: 429 });
  assert.equal(sent.length, 4);
  for (const request of sent) {
    assert.equal(request.headers.get("Authorization"), "Bearer token");
    assert.equal(await request.text(), '{"title":"x"}');
    assert.equal(request.credentials, "omit");
  }
});

test("what takes too long, and what is aborted, ends", async () => {
  const api = createClient({ baseUrl, fetch: () => new Promise(() => {}), timeout: 0.1 });
  await assert.rejects(api.GET("/api/me"), NoAnswerError);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(api.GET("/api/me", { signal: controller.signal }), { name: "AbortError" });
});
