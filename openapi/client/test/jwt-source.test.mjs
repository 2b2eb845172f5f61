// What becomes of a request for which the source has no token, or cannot say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { ProblemError, TokenSourceError } from "../dist/index.js";
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

test("a JWT is in no error", async (t) => {
  const told = (error) => inspect(error, { depth: 10, showHidden: true }) + error.message + error.stack;
  const { get } = await clientOf(t, sourceOf(FIRST, new TypeError("fetch failed"), SECOND), ({ token }) =>
    token === FIRST ? REFUSED : answer(500, { type: "about:blank", title: "Failed", status: 500 }),
  );
  for (const type of [TokenSourceError, ProblemError]) {
    const error = await get().catch((error) => error);
    assert.ok(error instanceof type);
    for (const secret of ["signature-1", "signature-2"]) assert.ok(!told(error).includes(secret));
  }
});
