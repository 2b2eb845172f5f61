// The snippet mobile.ts in a page of another site than Better Auth's, whose cookie a browser keeps back there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import cors from "cors";
import { options } from "../dist/better-auth.js";
import { browse, pageOf, proxyTo } from "./front.mjs";
import { personOf } from "./person.mjs";
import { startStack } from "./stack.mjs";

const PAGE = "https://app.example.net";
let stack, browser;
before(async () => {
  stack = await startStack({
    configuration: "two-origins.toml",
    options: { ...options, trustedOrigins: [PAGE] },
    variables: { CORS_ORIGINS: PAGE },
  });
  const auth = proxyTo(stack.auth.url);
  const permit = cors({ origin: PAGE, exposedHeaders: ["set-auth-token"] });
  browser = await browse({
    "app.example.net": pageOf("mobile.ts"),
    "auth.example.com": (request, response) => permit(request, response, () => auth(request, response)),
    "api.example.com": proxyTo(stack.service.url),
  });
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

test("the session token that the page keeps is all it needs", async () => {
  const page = await browser.open(PAGE);
  const answers = await page.evaluate(async (person) => {
    const key = "session";
    const app = snippet.connect({
      get: async () => sessionStorage.getItem(key),
      set: async (token) => sessionStorage.setItem(key, token),
      delete: async () => sessionStorage.removeItem(key),
    });
    const { error } = await app.authClient.signUp.email(person);
    const strategies = [(await app.whoAmI())?.strategy, (await app.jwtApi.GET("/api/me")).data?.strategy];
    await app.signOut();
    return [error, ...strategies, await app.whoAmI(), sessionStorage.length];
  }, personOf("Alice"));
  assert.deepEqual(answers, [null, "session_table", "jwt", undefined, 0]);
  assert.deepEqual(await browser.context.cookies(), []);
});
