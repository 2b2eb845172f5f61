// When a token is fetched, and how long it is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, FIRST, OK, SECOND } from "./jwt-client.mjs";
import { sourceOf, token } from "./tokens.mjs";

test("a JWT is fetched once, and sent while it is good", async (t) => {
  const source = sourceOf(FIRST);
  const { get, sent } = await clientOf(t, source, () => OK);
  await get();
  await get();
  assert.deepEqual(sent(), [FIRST, FIRST]);
  assert.equal(source.calls, 1);
});

test("a JWT that has expired, or is about to, is replaced before the request", async (t) => {
  for (const seconds of [-60, 0, 4]) {
    const source = sourceOf(token(0, seconds), FIRST);
    const { get, sent } = await clientOf(t, source, () => OK);
    await get();
    await get();
    assert.equal(sent()[1], FIRST, `${seconds} s`);
    assert.equal(source.calls, 2);
  }
});

test("a JWT whose expiry cannot be read is sent until it is refused", async (t) => {
  for (const strange of ["opaque", "a.b.c", `a.${btoa("null")}.c`, `a.${btoa('{"exp":"soon"}')}.c`]) {
    const source = sourceOf(strange);
    const { get, sent } = await clientOf(t, source, () => OK);
    await get();
    await get();
    assert.deepEqual(sent(), [strange, strange]);
    assert.equal(source.calls, 1);
  }
});

test("a JWT that is forgotten is fetched anew, also while it is fetched", async (t) => {
  const source = sourceOf(FIRST, SECOND);
  const { credential, get, sent } = await clientOf(t, source, () => OK);
  const under = get();
  await Promise.resolve();
  credential.forget();
  await under;
  await get();
  credential.forget();
  await get();
  assert.deepEqual(sent(), [FIRST, SECOND, SECOND]);
  assert.equal(source.calls, 3);
});

test("a JWT is not waited for by a request that is aborted", async (t) => {
  const { get, sent } = await clientOf(t, () => new Promise(() => {}), () => OK);
  const reason = new Error("the page was left");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(get({ signal: controller.signal }), reason);
  await assert.rejects(get({ signal: AbortSignal.abort(reason) }), reason);
  assert.equal(sent().length, 0);
});
