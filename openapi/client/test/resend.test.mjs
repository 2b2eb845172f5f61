// What a request still has when it is sent again, and what its first answer may not hold up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient } from "../dist/index.js";
import { answer, later, startFake } from "./fake-service.mjs";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const OK = answer(200, { id: "1" });
const turn = () => new Promise((resolve) => setTimeout(resolve, 10));

test("a request that was sent again is aborted, with the reason", { timeout: 5000 }, async (t) => {
  const { baseUrl, requests } = await startFake(t, (_request, number) =>
    number < 2 ? later(429, "0") : new Promise(() => {}),
  );
  const [reason, controller] = [new Error("the page was left"), new AbortController()];
  const aborted = assert.rejects(createClient({ baseUrl }).GET("/api/me", { signal: controller.signal }), reason);
  while (requests.length < 3) await turn();
  collectGarbage();
  await turn();
  controller.abort(reason);
  await aborted;
});

test("a wait after the first resend is aborted, with the reason", { timeout: 5000 }, async (t) => {
  const { baseUrl, requests } = await startFake(t, (_request, number) => later(429, number === 0 ? "0" : "9"));
  const [reason, controller] = [new Error("the page was left"), new AbortController()];
  const aborted = assert.rejects(createClient({ baseUrl }).GET("/api/me", { signal: controller.signal }), reason);
  while (requests.length < 2) await turn();
  await turn();
  collectGarbage();
  await turn();
  controller.abort(reason);
  await aborted;
});

test("a request is sent again as it was", async (t) => {
  const { baseUrl } = await startFake(t, (_request, number) => (number === 0 ? later(429, "0") : OK));
  const seen = [];
  const fetch = (request) => {
    const { credentials, redirect, referrer, referrerPolicy } = request;
    seen.push({ credentials, redirect, referrer, referrerPolicy });
    return globalThis.fetch(request);
  };
  const init = { redirect: "error", referrer: "", referrerPolicy: "no-referrer" };
  await createClient({ baseUrl, fetch }).GET("/api/me", init);
  assert.equal(seen[0].referrerPolicy, "no-referrer");
  assert.deepEqual(seen[1], seen[0]);
});

test("an answer that fetch keeps a copy of, or has read, holds nothing up", { timeout: 5000 }, async (t) => {
  const keep = [];
  for (const look of [(response) => keep.push(response.clone()), (response) => response.text()]) {
    const { baseUrl } = await startFake(t, (_request, number) => (number === 0 ? later(429, "0") : OK));
    let sent = 0;
    const fetch = async (request) => {
      const response = await globalThis.fetch(request);
      if (sent++ === 0) await look(response);
      return response;
    };
    assert.equal((await createClient({ baseUrl, fetch }).GET("/api/me")).response.status, 200);
  }
});
