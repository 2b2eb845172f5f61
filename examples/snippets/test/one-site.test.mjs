// The snippet one-site.ts in a real browser, with one-site.toml.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browse, pageOf, proxyTo } from "./front.mjs";
import { personOf } from "./person.mjs";
import { startStack } from "./stack.mjs";

const SITE = "https://www.example.com";
let stack, browser;
before(async () => {
  stack = await startStack({ configuration: "one-site.toml", options: { baseURL: SITE } });
  const [page, auth, api] = [pageOf("one-site.ts"), proxyTo(stack.auth.url), proxyTo(stack.service.url)];
  const behind = ({ url }) => (url.startsWith("/api/auth/") ? auth : url.startsWith("/api/") ? api : page);
  browser = await browse({ "www.example.com": (request, response) => behind(request)(request, response) });
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

test("the browser's cookie is all there is to it, until it is signed out", async () => {
  const page = await browser.open(SITE);
  const greet = () => page.evaluate(() => snippet.greet().catch(({ problem }) => problem.type));
  assert.equal(await greet(), "urn:problem:missing-credential");

  const { error } = await page.evaluate((person) => snippet.authClient.signUp.email(person), personOf("Alice"));
  assert.equal(error, null);
  assert.equal(await greet(), "Hello, Alice, known by session_table!");
  const [cookie] = await browser.context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure], ["__Secure-better-auth.session_token", true, true]);
  const title = await page.evaluate(async () => {
    const { data } = await snippet.api.POST("/api/todos", { body: { title: "Buy apples" } });
    return data.title;
  });
  assert.equal(title, "Buy apples");

  await page.evaluate(() => snippet.authClient.signOut());
  assert.equal(await greet(), "urn:problem:missing-credential");
});
