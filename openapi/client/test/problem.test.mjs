// Data or an exception, whoever has answered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, isProblem, ProblemError, unwrap } from "../dist/index.js";
import { answer, later, startFake } from "./fake-service.mjs";

const BRIEF = { type: "urn:problem:bad-request", title: "The request is malformed", status: 400 };
const PROBLEM = { ...BRIEF, detail: "`limit` is 0" };

async function failure(t, reply) {
  const { baseUrl } = await startFake(t, () => reply);
  const error = await unwrap(createClient({ baseUrl, patience: 0 }).GET("/api/me")).catch((error) => error);
  assert.ok(error instanceof ProblemError && error instanceof Error);
  assert.equal(error.response.status, error.status);
  return error;
}

test("data is what was answered, and nothing of an empty answer", async (t) => {
  const found = answer(200, { id: "1" });
  const { baseUrl } = await startFake(t, ({ method }) => (method === "DELETE" ? { status: 204 } : found));
  const api = createClient({ baseUrl });
  const path = { params: { path: { id: "1" } } };
  assert.deepEqual(await unwrap(api.GET("/api/todos/{id}", path)), { id: "1" });
  assert.equal(await unwrap(api.DELETE("/api/todos/{id}", path)), undefined);
});

test("a problem is thrown as the service wrote it", async (t) => {
  const error = await failure(t, answer(400, PROBLEM));
  assert.deepEqual(error.problem, PROBLEM);
  assert.equal(error.message, "The request is malformed: `limit` is 0");
  assert.equal(error.retryAfter, undefined);
  assert.equal((await failure(t, answer(400, BRIEF))).message, "The request is malformed");
});

test("a problem tells how long to wait", async (t) => {
  assert.equal((await failure(t, later(429, "7"))).retryAfter, 7);
  assert.equal((await failure(t, later(503, "30"))).retryAfter, 30);
});

test("what is no problem document is thrown as its status", async (t) => {
  const html = { status: 502, headers: { "Content-Type": "text/html" }, body: "<h1>Bad Gateway</h1>" };
  const expected = { type: "about:blank", title: "Bad Gateway", status: 502 };
  const empty = { status: 502, headers: {}, body: "" };
  for (const reply of [html, empty, answer(502, { message: "bad" }), answer(502, null)]) {
    const error = await failure(t, reply);
    assert.deepEqual(error.problem, expected);
    assert.equal(error.message, "Bad Gateway");
  }
});

test("a success that is not JSON is the problem of a proxy", async (t) => {
  const html = { status: 200, headers: { "Content-Type": "text/html" }, body: "<h1>Please sign in to this network</h1>" };
  const cut = { status: 201, headers: { "Content-Type": "application/json" }, body: '{"id":' };
  for (const [reply, told] of [
    [html, "The answer has status 200 and is not JSON (Content-Type: text/html)"],
    [{ status: 200, headers: {}, body: "" }, "The answer has status 200 and is not JSON (Content-Type: none)"],
    [cut, "The answer has status 201 and is not JSON (Content-Type: application/json)"],
  ]) {
    const error = await failure(t, reply);
    assert.deepEqual(error.problem, { type: "about:blank", title: "Bad Gateway", status: 502, detail: told });
    assert.equal(error.status, 502);
    const { baseUrl } = await startFake(t, () => reply);
    const { data, error: problem } = await createClient({ baseUrl }).GET("/api/me");
    assert.deepEqual([data, problem], [undefined, error.problem]);
  }
});

test("a problem is known by its form", () => {
  assert.ok(isProblem(PROBLEM));
  assert.ok(isProblem({ ...PROBLEM, type: "urn:problem:of-a-later-version" }));
  const parts = [{ status: "400" }, { title: undefined }, { type: 1 }].map((part) => ({ ...PROBLEM, ...part }));
  for (const other of [undefined, null, "text", 1, [], {}, ...parts]) {
    assert.ok(!isProblem(other));
  }
});
