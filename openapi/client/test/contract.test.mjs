// Every operation of the contract on the running service, with every kind of credential, and how requests fail there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bearer, cookie, createClient, jwt, ProblemError, unwrap } from "../dist/index.js";
import { signIn, startStack } from "../../../tests/stack/stack.mjs";
import { eventOf } from "./hook.mjs";
import { missing, recordingFetch } from "./operations.mjs";
import { oversizedFetch } from "./oversized.mjs";

let stack, alice, api;

// As a page at Better Auth's origin: the browser's cookie goes along where it is asked for.
const browserFetch = (request) => {
  request.headers.set("Origin", stack.auth);
  if (request.credentials === "include") request.headers.set("Cookie", alice.cookie);
  return recordingFetch(request);
};
const clientWith = (credential, fetch = recordingFetch) =>
  createClient({ baseUrl: stack.url, fetch, ...(credential && { credential }) });

before(async () => {
  stack = await startStack();
  alice = await signIn(stack.auth);
  api = {
    jwt: clientWith(jwt(() => alice.jwt)),
    "session token": clientWith(bearer(alice.session)),
    "session token that is looked up": clientWith(bearer(async () => alice.session)),
    cookie: clientWith(cookie(), browserFetch),
    guest: clientWith(undefined, browserFetch),
  };
});
after(() => stack?.close());

// The strategy that vouches for each kind of credential.
const STRATEGIES = {
  jwt: "jwt",
  "session token": "session_table",
  "session token that is looked up": "session_table",
  cookie: "session_table",
};

async function fails(call, status, type) {
  const error = await unwrap(call).then(
    () => assert.fail("it did not fail"),
    (error) => error,
  );
  assert.ok(error instanceof ProblemError, error);
  const { problem } = error;
  assert.deepEqual([error.status, problem.status, problem.type], [status, status, type]);
  assert.equal(error.message, problem.detail === undefined ? problem.title : `${problem.title}: ${problem.detail}`);
  return error;
}

test("health", async () => {
  assert.deepEqual(await unwrap(api.guest.GET("/health")), { status: "healthy" });
  assert.deepEqual(await unwrap(api.guest.GET("/health/live")), { status: "healthy" });
  const { status, strategies } = await unwrap(api.guest.GET("/health/ready"));
  assert.equal(status, "ready");
  assert.deepEqual(strategies.map(({ name, state }) => [name, state]), [["jwt", "ready"], ["session_table", "ready"]]);
});

for (const [kind, strategy] of Object.entries(STRATEGIES)) {
  test(`who is calling, with a ${kind}`, async () => {
    const me = await unwrap(api[kind].GET("/api/me"));
    assert.equal(me.strategy, strategy);
    const { id, ...user } = me.user;
    assert.deepEqual(user, { email: alice.email, emailVerified: false, name: alice.name });
    assert.ok(Date.parse(me.expiresAt) > Date.now());
    assert.equal(me.session === undefined, strategy === "jwt");
    assert.deepEqual(await unwrap(api[kind].GET("/api/public")), { message: `Hello, ${alice.name}!` });
  });

  test(`to-dos, with a ${kind}`, async () => {
    const todos = api[kind];
    const created = await unwrap(todos.POST("/api/todos", { body: { title: "Äpfel kaufen", description: "rote" } }));
    const { id, createdAt, updatedAt, ...rest } = created;
    assert.deepEqual(rest, { title: "Äpfel kaufen", description: "rote", completed: false });
    const path = { params: { path: { id } } };
    assert.deepEqual(await unwrap(todos.GET("/api/todos/{id}", path)), created);

    const second = await unwrap(todos.POST("/api/todos", { body: { title: "Zweites", completed: true } }));
    const page = await unwrap(todos.GET("/api/todos", { params: { query: { limit: 1 } } }));
    assert.deepEqual(page.items, [second]);
    const query = { limit: 1, cursor: page.nextCursor };
    assert.deepEqual(await unwrap(todos.GET("/api/todos", { params: { query } })), { items: [created] });

    const changed = await unwrap(todos.PATCH("/api/todos/{id}", { ...path, body: { completed: true } }));
    assert.deepEqual({ ...changed, updatedAt }, { ...created, completed: true });
    for (const one of [id, second.id]) {
      assert.equal(await unwrap(todos.DELETE("/api/todos/{id}", { params: { path: { id: one } } })), undefined);
    }
    assert.deepEqual(await unwrap(todos.GET("/api/todos")), { items: [] });
  });
}

test("a guest is greeted, and sends no cookie", async () => {
  assert.deepEqual(await unwrap(api.guest.GET("/api/public")), { message: "Hello, guest!" });
  const error = await fails(api.guest.GET("/api/me"), 401, "urn:problem:missing-credential");
  assert.doesNotMatch(error.response.headers.get("WWW-Authenticate"), /invalid_token/);
  assert.equal(error.problem.instance, "/api/me");
  assert.equal(error.problem.requestId, error.response.headers.get("X-Request-Id"));
});

test("a session token that is not valid is refused, and not sent again", async () => {
  let sent = 0;
  const counting = (request) => {
    sent += 1;
    return recordingFetch(request);
  };
  const error = await fails(clientWith(bearer("nobodys"), counting).GET("/api/me"), 401, "urn:problem:invalid-credential");
  assert.match(error.response.headers.get("WWW-Authenticate"), /error="invalid_token"/);
  assert.equal(sent, 1);
});

test("a JWT is replaced by one that is not cut off", async () => {
  const { user } = await unwrap(api.jwt.GET("/api/me"));
  const tokens = [];
  const session = `Bearer ${alice.session}`;
  const cut = clientWith(
    jwt(async () => {
      const response = await fetch(`${stack.auth}/api/auth/token`, { headers: { Authorization: session } });
      const { token } = await response.json();
      tokens.push(token);
      return token;
    }),
  );
  await unwrap(cut.GET("/api/me"));
  // Her name has changed: Better Auth's plugin tells, and her tokens up to this second do not count any more.
  await unwrap(api.guest.POST("/hooks/better-auth", eventOf(stack.hookSecret, "user.updated", { userId: user.id })));
  assert.equal((await unwrap(cut.GET("/api/me"))).user.id, user.id);
  assert.equal(tokens.length, 2);
});

test("the hook takes an event once, and only signed ones", async () => {
  const data = { sessionId: "nobodys", userId: "nobody" };
  const event = eventOf(stack.hookSecret, "session.deleted", data);
  assert.equal(await unwrap(api.guest.POST("/hooks/better-auth", event)), undefined);
  await fails(api.guest.POST("/hooks/better-auth", event), 409, "about:blank");
  const forged = eventOf("another secret, which is not the service's", "session.deleted", data);
  await fails(api.guest.POST("/hooks/better-auth", forged), 401, "urn:problem:invalid-credential");
});

test("requests that cannot be understood are problems", async () => {
  const todos = api["session token"];
  const id = { params: { path: { id: "none" } } };
  const empty = await fails(todos.POST("/api/todos", { body: { title: "" } }), 400, "urn:problem:bad-request");
  assert.match(empty.message, /title/);
  await fails(todos.GET("/api/todos", { params: { query: { limit: 0 } } }), 400, "urn:problem:bad-request");
  await fails(todos.GET("/api/todos/{id}", id), 404, "urn:problem:not-found");
  await fails(todos.DELETE("/api/todos/{id}", id), 404, "urn:problem:not-found");
  const oversized = clientWith(bearer(alice.session), oversizedFetch);
  await fails(oversized.POST("/api/todos", { body: { title: "x" } }), 413, "urn:problem:payload-too-large");
  const headers = { "Content-Type": "text/plain" };
  await fails(todos.POST("/api/todos", { body: { title: "x" }, headers }), 415, "urn:problem:unsupported-media-type");
});

test("a cookie from a page that is not trusted changes nothing", async () => {
  const foreign = (request) => {
    request.headers.set("Origin", "https://evil.example.com");
    request.headers.set("Cookie", alice.cookie);
    return recordingFetch(request);
  };
  const call = clientWith(cookie(), foreign).POST("/api/todos", { body: { title: "x" } });
  await fails(call, 403, "urn:problem:untrusted-origin");
});

test("every operation of the contract was called", () => {
  assert.deepEqual(missing(), [], "these have not succeeded in the tests above: call them there");
});
