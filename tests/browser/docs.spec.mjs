// Swagger UI at /docs and the reference at /docs/reference, as the service serves them.
import { signIn, startStack } from "../stack/stack.mjs";
import { authorize, tryOut } from "./reader.mjs";
import { expect, expectAccessible, test } from "./watched.mjs";

let stack;
let alice;

test.beforeAll(async () => {
  stack = await startStack();
  alice = await signIn(stack.auth);
});
test.afterAll(() => stack?.close());

for (const [scheme, token] of [
  ["bearer", "jwt"],
  ["bearer", "session"],
  ["session_header", "session"],
]) {
  test(`an authorized reader tries out: ${scheme}, ${token}`, async ({ page }) => {
    await page.goto(`${stack.url}/docs`);
    await authorize(page, scheme, alice[token]);
    const { status, body } = await tryOut(page, "get", "/api/me");
    await expect(status).toHaveText(/^200/);
    await expect(body).toContainText("alice@example.com");
  });
}

test("a wrong token shows the problem", async ({ page }) => {
  await page.goto(`${stack.url}/docs`);
  await authorize(page, "bearer", "not.a.token");
  const { status, body } = await tryOut(page, "get", "/api/me");
  await expect(status).toHaveText(/^401/);
  await expect(body).toContainText("urn:problem:invalid-credential");
});

test("nobody shows the other problem", async ({ page }) => {
  await page.goto(`${stack.url}/docs`);
  const { status, body } = await tryOut(page, "get", "/api/me");
  await expect(status).toHaveText(/^401/);
  await expect(body).toContainText("urn:problem:missing-credential");
});

test("who is signed in on the same site needs no token, and may change something", async ({ page, context }) => {
  const [name, value] = alice.cookie.split("; ").find((cookie) => cookie.includes("session_token")).split(/=(.*)/s);
  await context.addCookies([{ name, value, url: stack.url, httpOnly: true, sameSite: "Lax" }]);
  await page.goto(`${stack.url}/docs`);
  const me = await tryOut(page, "get", "/api/me");
  await expect(me.status).toHaveText(/^200/);
  await expect(me.body).toContainText("session_table");
  const made = await tryOut(page, "post", "/api/todos");
  await expect(made.status).toHaveText(/^201/);
  await expect(made.body).toContainText("Write the report");
});

test("the dialog says what to fill in", async ({ page }) => {
  await page.goto(`${stack.url}/docs`);
  await page.getByRole("button", { name: "Authorize" }).click();
  await expect(page.locator(".auth-container", { hasText: "bearer" })).toContainText("set-auth-token");
  await expect(page.locator(".auth-container", { hasText: "session_cookie" })).toContainText("Nothing to fill in");
  await expect(page.locator(".auth-container", { hasText: "session_header" })).toContainText("X-Session-Token");
  await expectAccessible(page);
});

test("everything can be reached with the keyboard", async ({ page }) => {
  await page.goto(`${stack.url}/docs`);
  const me = page.getByRole("button", { name: "/api/me" }).first();
  await expect(me).toBeVisible();
  const isReached = () => me.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 30 && !(await isReached()); presses += 1) await page.keyboard.press("Tab");
  expect(await isReached()).toBe(true);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Try it out" })).toBeVisible();
  await expectAccessible(page);
});

for (const colorScheme of ["light", "dark"]) {
  test(`the reference shows every operation: ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const document = await (await fetch(`${stack.url}/openapi.json`)).json();
    await page.goto(`${stack.url}/docs/reference`);
    const summaries = Object.values(document.paths).flatMap((item) => Object.values(item).map(({ summary }) => summary));
    for (const summary of summaries) {
      await page.getByRole("link", { name: `${summary} HTTP Method` }).click();
      // While a section is drawn, the closed one that it replaces is still there.
      await expect(page.getByRole("heading", { name: summary, exact: true }).first()).toBeInViewport();
    }
    await expectAccessible(page);
  });
}
