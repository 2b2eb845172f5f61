// What the server renders: who is calling, as the service says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import Sqlite from "better-sqlite3";
import { pageFor, signUp, startApp } from "./app.mjs";

let app;
before(async () => {
  app = await startApp();
});
after(() => app?.close());

test("a guest is greeted as one, and can sign in", async () => {
  const page = await pageFor(app);
  assert.match(page, /Hello, guest!/);
  assert.match(page, /Create an account/);
});

test("who is signed in is greeted by what the service knows of them", async () => {
  const cookie = await signUp(app, "Alice");
  const { token } = await (await fetch(`${app.url}/api/auth/token`, { headers: { Cookie: cookie } })).json();
  const me = await (await fetch(`${app.api}/api/me`, { headers: { Authorization: `Bearer ${token}` } })).json();
  assert.deepEqual([me.user.name, me.strategy], ["Alice", "jwt"]);
  const page = await pageFor(app, cookie);
  assert.match(page, new RegExp(`Hello, ${me.user.name}!`));
  assert.match(page, new RegExp(`<code>${me.strategy}</code>`));
  assert.doesNotMatch(page, /guest|Create an account/);
});

test("nobody is taken for somebody else, however many ask at once", async () => {
  const people = await Promise.all(["Bob", "Carol", "Dave"].map(async (name) => [name, await signUp(app, name)]));
  const visits = Array.from({ length: 30 }, (_, index) => people[index % people.length]);
  await Promise.all(visits.map(async ([name, cookie]) => {
    assert.match(await pageFor(app, cookie), new RegExp(`Hello, ${name}!`));
  }));
});

test("the service is asked once for a page, whatever its parts ask", async () => {
  const cookie = await signUp(app, "Ivan");
  await pageFor(app, cookie, { "X-Forwarded-For": "203.0.113.8" });
  assert.equal(app.service.log().split("\n").filter((line) => line.includes("203.0.113.8")).length, 1);
});

/** What a protected page answers whom: the status, where it leads, and its text. */
async function accountOf(cookie) {
  const response = await fetch(`${app.url}/account`, { redirect: "manual", headers: cookie ? { Cookie: cookie } : {} });
  return [response.status, response.headers.get("Location"), await response.text()];
}

test("a protected page leads guests to the sign-in, whatever cookie they make up", async () => {
  const cookie = await signUp(app, "Judy");
  const [status, , page] = await accountOf(cookie);
  assert.equal(status, 200);
  assert.match(page, /judy@example\.com/);
  const madeUp = `${cookie.split("=")[0]}=${"A".repeat(32)}.${"A".repeat(43)}%3D`;
  for (const guest of [undefined, madeUp]) {
    const [status, location, page] = await accountOf(guest);
    assert.equal(status, 307);
    assert.equal(new URL(location, app.url).pathname, "/");
    assert.doesNotMatch(page, /Your account/);
  }
});

test("the service knows each visitor's address, not this server's", async () => {
  await pageFor(app, await signUp(app, "Erin"), { "X-Forwarded-For": "203.0.113.7" });
  assert.match(app.service.log(), /203\.0\.113\.7/);
});

test("rendering leaves a session as long as it is, for the browser to lengthen", async () => {
  const cookie = await signUp(app, "Frank");
  const database = new Sqlite(app.database);
  const expiry = () => database.prepare(`
    SELECT expiresAt FROM session WHERE userId = (SELECT id FROM user WHERE name = 'Frank')`).pluck().get();
  // So old that whoever asks Better Auth may lengthen it.
  const due = new Date(Date.now() + 3 * 24 * 3600_000).toISOString();
  database.prepare("UPDATE session SET expiresAt = ? WHERE expiresAt = ?").run(due, expiry());
  assert.match(await pageFor(app, cookie), /Hello, Frank!/);
  assert.equal(expiry(), due);
  const answer = await fetch(`${app.url}/api/auth/token`, { headers: { Cookie: cookie } });
  assert.match(answer.headers.getSetCookie().join(), /session_token=/);
  assert.ok(expiry() > due);
  database.close();
});

test("a Better Auth whose database is away signs nobody out", async () => {
  const cookie = await signUp(app, "Heidi");
  const database = new Sqlite(app.database);
  database.exec("ALTER TABLE session RENAME TO away");
  try {
    const page = await pageFor(app, cookie);
    assert.match(page, /try again/);
    assert.doesNotMatch(page, /guest|Sign in|Create an account/);
  } finally {
    database.exec("ALTER TABLE away RENAME TO session");
    database.close();
  }
  assert.match(await pageFor(app, cookie), /Hello, Heidi!/);
});

test("a JWT that the service refuses signs nobody out: Better Auth has just issued it", async () => {
  const cookie = await signUp(app, "Kim");
  await app.service.close();
  // As it is by mistake in its configuration.
  await app.startService({ VERIFIER_JWT__ISSUERS: "https://elsewhere.example.com" });
  try {
    const page = await pageFor(app, cookie);
    assert.match(page, /try again/);
    assert.doesNotMatch(page, /guest|Sign in|Create an account/);
  } finally {
    await app.service.close();
    await app.startService();
  }
});

test("a service that is away signs nobody out", async () => {
  const cookie = await signUp(app, "Grace");
  await app.service.close();
  try {
    const page = await pageFor(app, cookie);
    assert.match(page, /try again/);
    assert.doesNotMatch(page, /guest|Sign in|Create an account/);
    const [status, location] = await accountOf(cookie);
    assert.deepEqual([status, location], [500, null]);
  } finally {
    await app.startService();
  }
  assert.match(await pageFor(app, cookie), /Hello, Grace!/);
  assert.doesNotMatch(app.log(), /Bearer|eyJ/);
});
