// What becomes of a request for which the source has no token, or cannot say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { bearer, createClient, jwt, ProblemError, TokenSourceError } from "../dist/index.js";
import { answer, MISSING, REFUSED } from "./fake-service.mjs";
import { clientOf, FIRST, OK, SECOND } from "./jwt-client.mjs";
import { sourceOf } from "./tokens.mjs";

const SIGNED_OUT = {
  "what Better Auth's client answers": { data: null, error: { status: 401, statusText: "Unauthorized" } },
  "what Better Auth's client throws": Object.assign(new Error("Unauthorized"), { status: 401 }),
  "what Better Auth's server throws": Object.assign(new Error(), { statusCode: 401, status: "UNAUTHORIZED" }),
  "no data": { data: null, error: null },
  null: null,
  undefined,
  "an empty text": "",
};
for (const [which, answered] of Object.entries(SIGNED_OUT)) {
  test(`a JWT of nobody who is signed in (${which}) leaves a guest`, async (t) => {
    const { get, sent } = await clientOf(t, sourceOf(answered, FIRST), ({ token }) => (token ? OK : MISSING));
    await assert.rejects(get(), { status: 401, problem: JSON.parse(MISSING.body) });
    assert.deepEqual(sent(), [undefined]);
    // Signed in.
    await get();
  });
}

const OUTAGES = {
  "no connection": [new TypeError("fetch failed"), undefined],
  "503 of Better Auth's client": [{ data: null, error: { status: 503, statusText: "" } }, 503],
  "429 of Better Auth's client": [{ data: null, error: { status: 429, statusText: "" } }, 429],
  "500 of Better Auth's server": [
    Object.assign(new Error("failed"), { status: "INTERNAL_SERVER_ERROR", statusCode: 500 }),
    500,
  ],
  "404, without the plugin": [{ data: null, error: { status: 404, statusText: "" } }, 404],
};
for (const [which, [outage, status]] of Object.entries(OUTAGES)) {
  test(`a JWT that cannot be fetched (${which}) is no sign-out`, async (t) => {
    const { get, sent } = await clientOf(t, sourceOf(outage, FIRST), () => OK);
    await assert.rejects(get(), (error) => error instanceof TokenSourceError && error.status === status);
    assert.equal(sent().length, 0);
    await get();
    assert.deepEqual(sent(), [FIRST]);
  });
}

test("a source that does not answer is given up after 30 seconds, and asked anew", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const source = sourceOf(new Promise(() => {}), FIRST);
  const credential = jwt(source);
  let error;
  credential.token().catch((thrown) => {
    error = thrown;
  });
  await settle();
  t.mock.timers.tick(29_999);
  await settle();
  assert.equal(error, undefined);
  t.mock.timers.tick(1);
  await settle();
  assert.ok(error instanceof TokenSourceError && error.status === undefined, error);
  assert.equal(await credential.token(), FIRST);
  assert.equal(source.calls, 2);
});

const told = (error) => inspect(error, { depth: 10, showHidden: true }) + error.message + error.stack;

test("a token that cannot be sent is in no error", async () => {
  for (const broken of ["secret-1\nsecret-2", "secret-1\0", "secret-1€"]) {
    for (const credential of [bearer(broken), jwt(() => broken)]) {
      const error = await createClient({ baseUrl: "http://localhost", credential }).GET("/api/me").catch((error) => error);
      assert.ok(error instanceof TypeError, error);
      assert.ok(!told(error).includes("secret"), "it tells the token");
    }
  }
});

test("a JWT is in no error", async (t) => {
  const { get } = await clientOf(t, sourceOf(FIRST, new TypeError("fetch failed"), SECOND), ({ token }) =>
    token === FIRST ? REFUSED : answer(500, { type: "about:blank", title: "Failed", status: 500 }),
  );
  for (const type of [TokenSourceError, ProblemError]) {
    const error = await get().catch((error) => error);
    assert.ok(error instanceof type);
    for (const secret of ["signature-1", "signature-2"]) assert.ok(!told(error).includes(secret));
  }
});
