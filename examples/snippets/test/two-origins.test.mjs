// The snippets two-origins.ts and better-auth.ts in a real browser, with two-origins.toml.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { options, permitted } from "../dist/better-auth.js";
import { browse, pageOf, proxyTo } from "./front.mjs";
import { personOf } from "./person.mjs";
import { startStack } from "./stack.mjs";

let stack, browser;
before(async () => {
  stack = await startStack({ configuration: "two-origins.toml", options });
  const page = pageOf("two-origins.ts");
  browser = await browse({
    "app.example.com": page,
    "elsewhere.example.com": page,
    "auth.example.com": permitted(proxyTo(stack.auth.url)),
    "api.example.com": proxyTo(stack.service.url),
  });
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

const signUp = (page, name) => page.evaluate(async (person) => {
  const { error } = await snippet.authClient.signUp.email(person);
  if (error) throw new Error(error.message);
}, personOf(name));

/** What the service makes of what this client presents, reading and changing. */
const known = (page, client) => page.evaluate(async (client) => {
  const me = await snippet[client].GET("/api/me");
  const todo = await snippet[client].POST("/api/todos", { body: { title: "Buy apples" } });
  return [me.data?.user.name, me.data?.strategy ?? me.error.type, todo.response.status];
}, client);

test("a JWT and the cookie are known, until who has them signs out", async () => {
  const page = await browser.open("https://app.example.com");
  const nobody = [undefined, "urn:problem:missing-credential", 401];
  assert.deepEqual(await known(page, "api"), nobody);

  await signUp(page, "Alice");
  assert.deepEqual(await known(page, "api"), ["Alice", "jwt", 201]);
  assert.equal((await page.evaluate(() => snippet.whoIsCalling())).user.name, "Alice");
  assert.deepEqual(await known(page, "cookieApi"), ["Alice", "session_table", 201]);

  await page.evaluate(() => snippet.signOut());
  assert.deepEqual(await known(page, "api"), nobody);
  assert.deepEqual(await known(page, "cookieApi"), nobody);

  await signUp(page, "Bob");
  assert.deepEqual(await known(page, "api"), ["Bob", "jwt", 201]);

  const stranger = await browser.open("https://elsewhere.example.com");
  for (const client of ["api", "cookieApi"]) await assert.rejects(known(stranger, client), /No answer|No token/);
  // Whoever is no browser asks as it likes, and may read; but not change.
  const cookies = await browser.context.cookies();
  const changed = await fetch(`${stack.service.url}/api/todos`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Origin: "https://elsewhere.example.com",
      Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
    },
    body: JSON.stringify({ title: "Buy pears" }),
  });
  assert.deepEqual([changed.status, (await changed.json()).type], [403, "urn:problem:untrusted-origin"]);
});

test("a page tells apart who is signed in, who has to sign in, and what takes a moment", async () => {
  await browser.context.clearCookies();
  const page = await browser.open("https://app.example.com");
  await signUp(page, "Carol");
  await page.evaluate(() => snippet.signOut());
  const greet = () => page.evaluate(() => snippet.greet());
  const enter = (password) =>
    page.evaluate((person) => snippet.signIn(person.email, person.password), { ...personOf("Carol"), password });
  assert.equal(await greet(), "Please sign in.");
  assert.equal(await enter("not her password"), "Invalid email or password");
  assert.equal(await enter(personOf("Carol").password), "Hello, Carol!");
  await browser.context.setOffline(true);
  assert.equal(await greet(), "One moment, please.");
  assert.equal(await enter(personOf("Carol").password), "Better Auth does not answer. Please try again.");
  const signOut = () => page.evaluate(() => snippet.signOut());
  assert.equal(await signOut(), "You are still signed in. Better Auth does not answer. Please try again.");
  await browser.context.setOffline(false);
  assert.equal(await greet(), "Hello, Carol!");
});

test("the contract names the API's address", async () => {
  const contract = await (await fetch(`${stack.service.url}/openapi.json`)).json();
  assert.deepEqual(contract.servers.map(({ url }) => url), ["https://api.example.com"]);
});
