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

test("a service that is away signs nobody out", async () => {
  const cookie = await signUp(app, "Grace");
  await app.service.close();
  try {
    const page = await pageFor(app, cookie);
    assert.match(page, /try again/);
    assert.doesNotMatch(page, /guest|Sign in|Create an account/);
  } finally {
    await app.startService();
  }
  assert.match(await pageFor(app, cookie), /Hello, Grace!/);
  assert.doesNotMatch(app.log(), /Bearer|eyJ/);
});
