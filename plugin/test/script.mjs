// A script that ends a session while nobody listens where the events go, and is finished then: `script.mjs <handler>`, one
// of those below. Prints "finished" last.
import assert from "node:assert/strict";
import { startAuth } from "./better-auth.mjs";
import { SECRET } from "./receiver.mjs";

const HANDLERS = {
  none: undefined,
  rejects: async () => {
    throw new Error("outside of a request");
  },
  throws: () => {
    throw new Error("outside of a request");
  },
  "rejects with the promise": async (promise) => {
    await promise;
    throw new Error("outside of a request");
  },
};

const { auth } = await startAuth({
  baseURL: "https://auth.example.test",
  secret: "known to nobody, lest anybody but these tests sign a cookie",
  database: { kind: "sqlite", file: ":memory:" },
  advanced: { backgroundTasks: { handler: HANDLERS[process.argv[2]] } },
  // The port for what nobody keeps.
  plugins: { verifier: { url: "http://127.0.0.1:9/hooks/better-auth", secret: SECRET } },
});
const { internalAdapter } = await auth.$context;
const { id } = await internalAdapter.createUser({ name: "Ann", email: "ann@example.test", emailVerified: true });
const { token } = await internalAdapter.createSession(id);
await internalAdapter.deleteSession(token);
assert.equal(await internalAdapter.findSession(token), null);
console.log("finished");
