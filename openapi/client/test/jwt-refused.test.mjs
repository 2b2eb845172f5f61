// What becomes of a request whose token is refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TokenSourceError } from "../dist/index.js";
import { later, MISSING, REFUSED } from "./fake-service.mjs";
import { clientOf, FIRST, OK, SECOND, THIRD } from "./jwt-client.mjs";
import { sourceOf, token } from "./tokens.mjs";

const BOBS = token(4, 900, "bob");

// In parallel, as each waits until a cut-off is over.
describe("a JWT", { concurrency: true }, () => {
  test("that is refused is replaced, by one of a later second", async (t) => {
    const begin = performance.now();
    let fetchedAt;
    const source = sourceOf(FIRST, SECOND);
    const timed = () => {
      fetchedAt = performance.now();
      return source();
    };
    const { get, sent } = await clientOf(t, timed, ({ token }) => (token === FIRST ? REFUSED : OK));
    assert.deepEqual(await get(), { message: "Hello" });
    assert.deepEqual(sent(), [FIRST, SECOND]);
    assert.ok(fetchedAt - begin >= 1000, `${fetchedAt - begin} ms`);
    await get();
    assert.equal(source.calls, 2);
  });

  test("that is refused again is not replaced again", async (t) => {
    const source = sourceOf(FIRST, SECOND, THIRD);
    const { get, sent } = await clientOf(t, source, () => REFUSED);
    await assert.rejects(get(), { name: "ProblemError", status: 401 });
    assert.deepEqual(sent(), [FIRST, SECOND]);
    assert.equal(source.calls, 2);
  });

  test("that is refused is not renewed without patience, but fetched anew by the next call", async (t) => {
    for (const patience of [0, 0.9]) {
      const source = sourceOf(FIRST, SECOND);
      const { get, sent } = await clientOf(t, source, ({ token }) => (token === FIRST ? REFUSED : OK), { patience });
      const begin = performance.now();
      await assert.rejects(get(), { status: 401 });
      assert.ok(performance.now() - begin < 900);
      assert.deepEqual(sent(), [FIRST]);
      await get();
      assert.deepEqual(sent(), [FIRST, SECOND]);
      assert.equal(source.calls, 2);
    }
  });

  test("takes the second of its renewal from the patience", async (t) => {
    const replies = [REFUSED, later(503, "1"), OK];
    const { get, sent } = await clientOf(t, sourceOf(FIRST, SECOND), (_request, number) => replies[number], { patience: 1 });
    await assert.rejects(get(), { status: 503 });
    assert.deepEqual(sent(), [FIRST, SECOND]);
  });

  test("is not tried twice when it is the same", async (t) => {
    const { get, sent } = await clientOf(t, sourceOf(FIRST), () => REFUSED);
    await assert.rejects(get(), { status: 401 });
    assert.deepEqual(sent(), [FIRST]);
  });

  test("is kept when a 401 does not say that it is invalid", async (t) => {
    const source = sourceOf(FIRST, SECOND);
    const { get, sent } = await clientOf(t, source, () => MISSING);
    await assert.rejects(get(), { status: 401 });
    assert.deepEqual(sent(), [FIRST]);
    assert.equal(source.calls, 1);
  });

  test("is fetched once for fifty requests, and replaced once", async (t) => {
    const source = sourceOf(FIRST, SECOND);
    const { get, sent } = await clientOf(t, source, ({ token }) => (token === FIRST ? REFUSED : OK));
    await Promise.all(Array.from({ length: 50 }, () => get()));
    assert.equal(source.calls, 2);
    assert.equal(sent().filter((sent) => sent === FIRST).length, 50);
    assert.equal(sent().filter((sent) => sent === SECOND).length, 50);
  });

  test("that another request has replaced meanwhile is used without asking", async (t) => {
    const source = sourceOf(FIRST, SECOND, THIRD);
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    const { get, sent } = await clientOf(t, source, async ({ token }, number) => {
      if (number === 0) await held;
      return token === FIRST ? REFUSED : OK;
    });
    const slow = get();
    while (sent().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await get();
    release();
    await slow;
    assert.deepEqual(sent(), [FIRST, FIRST, SECOND, SECOND]);
    assert.equal(source.calls, 2);
  });

  test("that is refused after a sign-out gives its 401", async (t) => {
    const { get, sent } = await clientOf(t, sourceOf(FIRST, null), () => REFUSED);
    await assert.rejects(get(), { status: 401, problem: JSON.parse(REFUSED.body) });
    assert.deepEqual(sent(), [FIRST]);
  });

  test("of another user is not sent instead of one that is refused", async (t) => {
    const { credential, get, post, sent } = await clientOf(t, sourceOf(FIRST, BOBS), ({ token }) =>
      token === FIRST ? REFUSED : OK,
    );
    const adas = assert.rejects(post(), { status: 401 });
    while (sent().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 200));
    credential.forget();
    await adas;
    await get();
    assert.deepEqual(sent(), [FIRST, BOBS]);
  });

  test("of another user is not sent either when the 401 comes after that user's sign-in", async (t) => {
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    const { credential, get, post, sent } = await clientOf(t, sourceOf(FIRST, BOBS), async ({ token }) => {
      if (token !== FIRST) return OK;
      await held;
      return REFUSED;
    });
    const adas = assert.rejects(post(), { status: 401 });
    while (sent().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    credential.forget();
    await get();
    release();
    await adas;
    assert.deepEqual(sent(), [FIRST, BOBS]);
  });

  test("that names no user is replaced by another such", async (t) => {
    const { get, sent } = await clientOf(t, sourceOf("opaque-1", "opaque-2"), ({ token }) =>
      token === "opaque-1" ? REFUSED : OK,
    );
    await get();
    assert.deepEqual(sent(), ["opaque-1", "opaque-2"]);
  });

  test("that is refused while none can be fetched is no sign-out either", async (t) => {
    const { get, sent } = await clientOf(t, sourceOf(FIRST, new TypeError("fetch failed"), SECOND), ({ token }) =>
      token === FIRST ? REFUSED : OK,
    );
    await assert.rejects(get(), TokenSourceError);
    await get();
    assert.deepEqual(sent(), [FIRST, SECOND]);
  });
});
