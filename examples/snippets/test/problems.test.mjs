// The snippet problems.ts, with every failure that the service and what stands around it can be made to answer with.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { bearer, createClient, jwt, unwrap } from "better-auth-verifier-client";
import { signIn } from "../../../tests/stack/stack.mjs";
import { nextStep } from "../dist/problems.js";
import { startStack } from "./stack.mjs";

let stack, alice;
before(async () => {
  stack = await startStack({
    configuration: "one-site.toml",
    variables: {
      VERIFIER_STRATEGIES: "jwt,get_session",
      VERIFIER_GET_SESSION__CACHE__MAX_AGE: "0s",
      VERIFIER_RATE_LIMIT__FAILED__REQUESTS: "5",
    },
  });
  alice = await signIn(stack.auth.url);
});
after(() => stack?.close());

const client = (credential, baseUrl = stack.service.url) =>
  createClient({ baseUrl, patience: 0, ...(credential && { credential }) });

/** What is to be done after this call, which has to fail. */
async function stepAfter(call) {
  try {
    await unwrap(call);
  } catch (error) {
    return nextStep(error);
  }
  throw new Error("that did not fail");
}

const tests = {
  "without a credential: sign in": async () => {
    assert.deepEqual(await stepAfter(client().GET("/api/me")), { do: "sign in" });
  },
  "with one that was refused: sign in": async () => {
    const refused = client(bearer(`${"A".repeat(32)}.${"A".repeat(43)}=`));
    assert.deepEqual(await stepAfter(refused.GET("/api/me")), { do: "sign in" });
  },
  "a fault of the request: what is wrong": async () => {
    const step = await stepAfter(client(bearer(alice.jwt)).POST("/api/todos", { body: { title: " " } }));
    assert.equal(step.do, "say");
    assert.match(step.text, /title/);
  },
  "what is not there: it is gone": async () => {
    const path = { id: "01981c0e-6f3a-7d52-9f0a-3c1f5a6b7d8e" };
    const step = await stepAfter(client(bearer(alice.jwt)).GET("/api/todos/{id}", { params: { path } }));
    assert.deepEqual(step, { do: "say", text: "That is gone." });
  },
  "a page that is not trusted: it may not": async () => {
    const fetch = (request) => {
      request.headers.set("Cookie", alice.cookie);
      request.headers.set("Origin", "https://elsewhere.example.com");
      return globalThis.fetch(request);
    };
    const stranger = createClient({ baseUrl: stack.service.url, fetch });
    const step = await stepAfter(stranger.POST("/api/todos", { body: { title: "Buy pears" } }));
    assert.deepEqual(step, { do: "say", text: "You may not do that." });
  },
  "a proxy's own page: wait": async () => {
    const proxy = createServer((_request, response) => response.writeHead(502).end("<h1>Bad Gateway</h1>"));
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const broken = client(bearer(alice.jwt), `http://127.0.0.1:${proxy.address().port}`);
    assert.deepEqual(await stepAfter(broken.GET("/api/me")), { do: "wait", seconds: 5 });
    proxy.close();
  },
  "too many refusals: wait as long as is said": async () => {
    const impostor = client(bearer("made.up"));
    const steps = [];
    for (let count = 0; count < 6; count += 1) steps.push(await stepAfter(impostor.GET("/api/me")));
    const step = steps.at(-1);
    assert.equal(step.do, "wait");
    assert.ok(step.seconds > 0 && step.seconds <= 60, String(step.seconds));
  },
  "Better Auth is away: wait, nobody is signed out": async () => {
    await stack.auth.close();
    const session = await stepAfter(client(bearer(alice.session)).GET("/api/me"));
    assert.equal(session.do, "wait");
    const source = async () => (await fetch(`${stack.auth.url}/api/auth/token`)).json();
    assert.deepEqual(await stepAfter(client(jwt(source)).GET("/api/me")), { do: "wait", seconds: 5 });
  },
  "the service is away: wait": async () => {
    await stack.service.close();
    assert.deepEqual(await stepAfter(client(bearer(alice.jwt)).GET("/api/me")), { do: "wait", seconds: 5 });
  },
};
for (const [name, run] of Object.entries(tests)) test(name, run);

test("what is no failure of a request is not hidden", () => {
  assert.throws(() => nextStep(new RangeError("a fault of the page")), RangeError);
});
