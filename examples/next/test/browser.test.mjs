// What the browser does: it fetches a JWT from this app, and asks the service itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { signUp, startApp } from "./app.mjs";

let app, browser;
before(async () => {
  app = await startApp();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
});
after(async () => {
  await browser?.close();
  await app?.close();
});

test("the service lets this app's pages ask, and no others", async () => {
  const cookie = await signUp(app, "Alice");
  const { token } = await (await fetch(`${app.url}/api/auth/token`, { headers: { Cookie: cookie } })).json();
  const ask = async (origin) => {
    const preflight = await fetch(`${app.api}/api/todos`, {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
      },
    });
    const answer = await fetch(`${app.api}/api/todos`, { headers: { Origin: origin, Authorization: `Bearer ${token}` } });
    assert.deepEqual(await answer.json(), { items: [] });
    return [preflight, answer].map(({ headers }) => headers.get("Access-Control-Allow-Origin"));
  };
  assert.deepEqual(await ask(app.url), [app.url, app.url]);
  assert.deepEqual(await ask("http://127.0.0.1:1"), [null, null]);
});

test("to-dos are their owner's, from one sign-in to the next", async () => {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  const enter = async (name, button) => {
    await page.getByPlaceholder("E-mail").fill(`${name}@example.com`);
    await page.getByPlaceholder("Password").fill("correct horse battery");
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("heading", { name: `Hello, ${name}!` }).waitFor();
  };
  const leave = async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Hello, guest!" }).waitFor();
  };
  const add = async (title) => {
    await page.getByPlaceholder("What to do").fill(title);
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("listitem").filter({ hasText: title }).waitFor();
  };

  await page.goto(app.url);
  await enter("bob", "Create an account");
  await add("Buy apples");
  await leave();

  await enter("carol", "Create an account");
  await add("Buy pears");
  assert.deepEqual(await page.getByRole("listitem").allTextContents(), ["Buy pears"]);
  await leave();

  await enter("bob", "Sign in");
  await page.getByRole("listitem").filter({ hasText: "Buy apples" }).waitFor();
  assert.deepEqual(await page.getByRole("listitem").allTextContents(), ["Buy apples"]);

  await app.service.close();
  try {
    await page.getByPlaceholder("What to do").fill("Buy plums");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("Please try again").waitFor();
    assert.equal(await page.getByRole("heading").textContent(), "Hello, bob!");
    assert.equal(await page.getByPlaceholder("What to do").inputValue(), "Buy plums");
  } finally {
    await app.startService();
  }
  await page.getByRole("button", { name: "Show them" }).click();
  await page.getByRole("listitem").filter({ hasText: "Buy apples" }).waitFor();
  assert.deepEqual(errors, []);
});

test("while Better Auth is unreachable forms say so, keep what was typed, and work afterwards", async () => {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  const fault = page.locator("[role=alert]").filter({ hasText: "Better Auth does not answer. Please try again." });
  const BETTER_AUTH = "**/api/auth/**";
  const withoutBetterAuth = async (press) => {
    await page.route(BETTER_AUTH, (route) => route.abort());
    await press();
    await fault.waitFor();
    await page.unroute(BETTER_AUTH);
  };
  const press = (name) => page.getByRole("button", { name }).click();

  await page.goto(app.url);
  await page.getByPlaceholder("E-mail").fill("dora@example.com");
  await page.getByPlaceholder("Password").fill("correct horse battery");
  for (const button of ["Sign in", "Create an account"]) {
    await withoutBetterAuth(() => press(button));
    assert.equal(await page.getByPlaceholder("E-mail").inputValue(), "dora@example.com");
    assert.equal(await page.getByPlaceholder("Password").inputValue(), "correct horse battery");
  }
  await press("Create an account");
  await page.getByRole("heading", { name: "Hello, dora!" }).waitFor();

  await withoutBetterAuth(() => press("Sign out"));
  assert.equal(await page.getByRole("heading").textContent(), "Hello, dora!");
  await press("Sign out");
  await page.getByRole("heading", { name: "Hello, guest!" }).waitFor();
  assert.deepEqual(errors, []);
});

test("a protected page that cannot be shown offers another try", async () => {
  const page = await browser.newPage();
  const [name, value] = (await signUp(app, "Emil")).split(/=(.*)/s);
  await page.context().addCookies([{ name, value, url: app.url }]);
  await app.service.close();
  try {
    await page.goto(`${app.url}/account`);
    await page.getByRole("heading", { name: "One moment" }).waitFor();
  } finally {
    await app.startService();
  }
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  await page.getByText("emil@example.com").waitFor();
});
