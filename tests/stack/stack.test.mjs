// What the tests of other languages start ends, also where a part of it does not start: nothing of it keeps a test process alive.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startStack, startTogether } from "./stack.mjs";

/** How many programs keep this process alive. One that has ended does so until Node has put it away. */
async function children() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return process.getActiveResourcesInfo().filter((kind) => kind === "ProcessWrap").length;
}

test("Better Auth ends where the service does not start", async () => {
  await assert.rejects(startStack({ variables: { VERIFIER_STRATEGIES: "nonsense" } }), /migrate: .*nonsense/s);
  assert.equal(await children(), 0);
  // An address of the documentation, which this machine does not have.
  const elsewhere = { VERIFIER_SERVER__LISTEN: "192.0.2.1:8000" };
  await assert.rejects(startStack({ variables: elsewhere }), /has ended \(1\).*server\.listen/s);
  assert.equal(await children(), 0);
});

test("everything ends with the stack", async () => {
  const stack = await startStack();
  assert.equal(await children(), 2);
  await stack.close();
  assert.equal(await children(), 0);
});

test("the last one that was started is closed first, and each once", async () => {
  const closed = [];
  const begin = async (keep) => {
    for (const name of ["first", "second"]) keep({ close: async () => closed.push(name) });
    return { name: "both" };
  };
  const both = await startTogether(begin);
  assert.equal(both.name, "both");
  await both.close();
  await both.close();
  assert.deepEqual(closed, ["second", "first"]);

  const fault = new Error("the third does not start");
  const failing = startTogether(async (keep) => {
    await begin(keep);
    throw fault;
  });
  await assert.rejects(failing, fault);
  assert.deepEqual(closed, ["second", "first", "second", "first"]);
});
