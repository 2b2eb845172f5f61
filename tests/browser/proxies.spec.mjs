// The web app as built files behind a real nginx and a real Caddy, with the files that the guide shows.
import { startBehind } from "./site.mjs";
import { addTodo, present, signUp, todos } from "./visitor.mjs";
import { expect, test } from "./watched.mjs";

for (const proxy of ["nginx", "caddy"]) {
  test.describe(proxy, () => {
    let site;
    test.beforeAll(async () => {
      site = await startBehind(proxy);
    });
    test.afterAll(() => site?.close());

    test("one origin serves page, Better Auth and API", async ({ page }) => {
      await signUp(page, site.url);
      for (const [credential, strategy] of [["Cookie", "session_table"], ["Bearer", "session_table"], ["JWT", "jwt"]]) {
        await present(page, credential, strategy);
        await addTodo(page, `With ${credential}`);
      }
      await page.reload();
      await expect(todos(page)).toHaveCount(3);
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
    });

    test("a body too large is a problem here, too", async ({ page }) => {
      await signUp(page, site.url);
      await page.getByRole("button", { name: "A body too large" }).click();
      await expect(page.getByRole("article")).toContainText("urn:problem:payload-too-large");
    });

    test("files are kept as long as they may be", async () => {
      const page = await fetch(site.url);
      expect(page.headers.get("Cache-Control")).toBe("no-cache");
      expect(page.headers.get("Content-Security-Policy")).toBe("frame-ancestors 'none'");
      const [script] = (await page.text()).match(/\/assets\/[^"]+\.js/);
      const { headers } = await fetch(`${site.url}${script}`);
      expect(headers.get("Cache-Control")).toContain("immutable");
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    });

    for (const path of ["/docs", "/docs/reference"]) {
      test(`the documentation pages are there: ${path}`, async ({ page }) => {
        await page.goto(`${site.url}${path}`);
        await expect(page.getByText("List to-dos").first()).toBeVisible();
      });
    }

    test("a client cannot pretend to come from elsewhere, and the hook is not reached", async () => {
      const headers = { "X-Forwarded-For": "203.0.113.9", Authorization: "Bearer not.a.token" };
      expect((await fetch(`${site.url}/api/me`, { headers })).status).toBe(401);
      const told = () => site.log().split("\n").find((line) => line.includes('auth.cause="unclaimed"'));
      await expect.poll(told).toContain("client=127.0.0.1");
      const hook = await fetch(`${site.url}/hooks/better-auth`, { method: "POST" });
      expect([404, 405]).toContain(hook.status);
    });
  });
}

test("what was started ends where the proxy does not start", async () => {
  const children = () => process.getActiveResourcesInfo().filter((kind) => kind === "ProcessWrap").length;
  const before = children();
  await expect(startBehind("no such proxy")).rejects.toThrow("is not a function");
  // One that has ended counts until Node has put it away.
  await expect.poll(children).toBe(before);
});
