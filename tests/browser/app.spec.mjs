// The web app in both topologies, as its one command starts it.
import { startExample } from "./site.mjs";
import { addTodo, present, signIn, signUp, todos } from "./visitor.mjs";
import { expect, expectAccessible, test as watched } from "./watched.mjs";

let example;
const test = watched.extend({
  // On one site the page asks nobody else; only the page that nobody trusts asks the API directly.
  mayAsk: async ({}, use, { title, titlePath }) => {
    const isOneSite = titlePath.includes("one site");
    const elsewhere = isOneSite ? [] : [example.auth, example.api];
    await use(title === STRANGER ? [...elsewhere, example.api] : elsewhere);
  },
});

test.beforeAll(async () => {
  test.setTimeout(360_000);
  example = await startExample();
});
test.afterAll(() => example?.close());

const TOPOLOGIES = [
  ["one site", () => example.oneSite],
  ["two origins", () => example.twoOrigins],
];

const STRANGER = "explains every problem";
// Everything that the panel offers, but the outage, which takes two parties.
const PROBLEMS = [
  ["Nothing presented", "401", "missing-credential"],
  ["A made-up token", "401", "invalid-credential"],
  ["An untrusted origin", "403", "untrusted-origin"],
  ["No such to-do", "404", "not-found"],
  ["A title too long", "400", "bad-request"],
  ["A body too large", "413", "payload-too-large"],
  ["Not JSON", "415", "unsupported-media-type"],
  ["Too many requests", "429", "rate-limited"],
];

for (const [topology, url] of TOPOLOGIES) {
  test.describe(topology, () => {
    test("signs up, out and in, and shows who vouched for each credential", async ({ page }) => {
      const email = await signUp(page, url());
      await present(page, "Cookie", "session_table");
      await present(page, "JWT", "jwt");
      await present(page, "Bearer", "session_table");
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
      await signIn(page, email);
      await expect(page.getByRole("region", { name: "Identity" })).toContainText(email);
    });

    for (const credential of ["Cookie", "Bearer", "JWT"]) {
      test(`manages to-dos: ${credential}`, async ({ page }) => {
        await signUp(page, url());
        await present(page, credential, credential === "JWT" ? "jwt" : "session_table");
        await addTodo(page, "Write the report");
        const first = todos(page).first();
        await first.getByRole("checkbox").check();
        await first.getByRole("button", { name: "Rename" }).click();
        await page.getByLabel("New title").fill("Send the report");
        await page.getByRole("button", { name: "Save" }).click();
        await expect(todos(page)).toHaveText("Send the report");
        await page.reload();
        await expect(todos(page)).toHaveText("Send the report");
        await expect(todos(page).getByRole("checkbox")).toBeChecked();
        await todos(page).getByRole("button", { name: "Delete" }).click();
        await expect(todos(page)).toHaveCount(0);
      });

      for (const [way, button] of [["sign-out", "Sign out"], ["sign-out everywhere", "Sign out everywhere"]]) {
        test(`a second window is refused at once after a ${way}: ${credential}`, async ({ page }) => {
          await signUp(page, url());
          await present(page, credential, credential === "JWT" ? "jwt" : "session_table");
          const opened = page.waitForEvent("popup");
          await page.getByRole("button", { name: "Open a second window" }).click();
          const second = await opened;
          const watch = second.getByRole("region", { name: "A sign-out takes effect at once" });
          await expect(watch).toContainText("Accepted, last at");
          await page.getByRole("button", { name: button, exact: true }).click();
          await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
          // It asks once a second.
          await expect(watch).toContainText(/Accepted until .*, refused at/, { timeout: 4000 });
          await expect(second.getByRole("region", { name: "Identity" })).toContainText("401");
        });
      }
    }

    test(STRANGER, async ({ page }) => {
      await signUp(page, url());
      const panel = page.getByRole("region", { name: "What can go wrong" });
      for (const [name, status, kind] of PROBLEMS) {
        await panel.getByRole("button", { name }).click();
        const answer = panel.getByRole("article");
        await expect(answer.locator(".status")).toHaveText(status, { timeout: 30_000 });
        await expect(answer).toContainText(`urn:problem:${kind}`);
        await expect(answer.locator(".remedy")).toHaveText(/What a page does: \S.{10}/);
      }
    });

    test("nobody looks signed out in an outage", async ({ page }) => {
      await signUp(page, url());
      const panel = page.getByRole("region", { name: "What can go wrong" });
      const outage = example.outage();
      await expect.poll(outage.log).toContain("is away");
      // What is cached goes on until the loss is noticed, within a second.
      await expect(async () => {
        await panel.getByRole("button", { name: "An outage" }).click();
        await expect(panel.getByRole("article")).toContainText("urn:problem:unavailable", { timeout: 2000 });
      }).toPass();
      await expect(page.getByRole("button", { name: "Sign out", exact: true })).toBeVisible();
      await page.reload();
      await expect(page.getByRole("region", { name: "Identity" })).toContainText("503");
      await expect(page.getByRole("heading", { name: "Create an account" })).toBeHidden();
      await panel.getByRole("button", { name: "An outage" }).click();
      await expect(panel.getByRole("article")).toContainText("urn:problem:unavailable");
      await outage.close();
      // The page tries again by itself.
      await expect(page.getByRole("region", { name: "Identity" })).toContainText("Ada Lovelace", { timeout: 20_000 });
      await expect(panel).toContainText("This time nothing went wrong.", { timeout: 20_000 });
    });

    test("can be used with the keyboard alone", async ({ page }) => {
      await page.goto(url());
      await page.getByLabel("Name").focus();
      for (const text of ["Ada Lovelace", `ada-${Date.now()}@example.com`, "correct horse battery"]) {
        await page.keyboard.type(text);
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await expect(page.getByRole("button", { name: "Sign out", exact: true })).toBeVisible();
      await page.getByRole("radio", { name: "Cookie" }).focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await expect(page.locator(".vouched strong")).toHaveText("jwt");
      await page.getByLabel("New to-do").focus();
      await page.keyboard.type("Typed, not clicked");
      await page.keyboard.press("Enter");
      await expect(todos(page)).toHaveText("Typed, not clicked");
      await page.keyboard.press("Tab");
      await expect(page.getByRole("button", { name: "Add" })).toBeFocused();
    });

    for (const colorScheme of ["light", "dark"]) {
      test(`is accessible: ${colorScheme}`, async ({ page }) => {
        await page.emulateMedia({ colorScheme });
        await page.goto(url());
        await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
        await expectAccessible(page);
        await signUp(page, url());
        await addTodo(page, "Look at it");
        await page.getByRole("button", { name: "A made-up token" }).click();
        await expect(page.getByRole("article")).toContainText("invalid-credential");
        await expectAccessible(page);
      });
    }
  });
}
