// The operators' page, as the service serves it on its admin listener.
import { createServer } from "node:http";
import { freePort, signIn, startStack } from "../stack/stack.mjs";
import { expect, expectAccessible, test } from "./watched.mjs";

const TOKEN = "an-admin-token-of-the-browser-tests-0123456789";

let stack;
let alice;
let admin;

test.beforeAll(async () => {
  admin = await freePort();
  stack = await startStack({
    variables: {
      VERIFIER_SERVER__ADMIN_LISTEN: `127.0.0.1:${admin}`,
      VERIFIER_SERVER__ADMIN_TOKEN: TOKEN,
      VERIFIER_SESSION_TABLE__CACHE__MAX_AGE: "1m",
      VERIFIER_RATE_LIMIT__ENABLED: "true",
    },
  });
  alice = await signIn(stack.auth);
});
test.afterAll(() => stack?.close());

const address = () => `http://127.0.0.1:${admin}/`;

// Asks the API with this token; answers with the request's id.
async function ask(token) {
  const answer = await fetch(`${stack.url}/api/me`, { headers: { Authorization: `Bearer ${token}` } });
  return answer.headers.get("x-request-id");
}

async function enter(page) {
  await page.goto(address());
  await page.getByLabel("Token").fill(TOKEN);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Strategies" })).toBeVisible();
}

test("a stranger sees a form and nothing else", async ({ page }) => {
  await page.goto(address());
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(page.getByLabel("Token")).toBeFocused();
  await expect(page.getByRole("heading", { name: "Strategies" })).toBeHidden();
  await page.getByLabel("Token").fill("not the token at all, but as long as one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "not the token" })).toBeVisible();
  await expectAccessible(page);
});

for (const colorScheme of ["light", "dark"]) {
  test(`an operator sees how the service stands: ${colorScheme}`, async ({ page }, info) => {
    await page.emulateMedia({ colorScheme });
    await enter(page);
    await expect(page.getByRole("status").first()).toHaveText("Ready");
    const table = page.getByRole("article").filter({ hasText: "session_table" });
    await expect(table).toContainText("listening");
    await expect(table).toContainText("closed");
    await expect(page.getByRole("article").filter({ hasText: "Key set" })).toContainText(/[1-9] keys?,/);
    await expect(page.getByRole("row", { name: /^client / })).toContainText(/in \d+ s/);
    for (const token of [alice.session, alice.jwt, "garbage", `${alice.jwt.slice(0, -8)}AAAAAAAA`]) await ask(token);
    await expect(page.getByRole("row", { name: /bad-signature/ }).first()).toBeVisible();
    await expect(page.getByRole("row", { name: /verified/ }).first()).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: info.outputPath("page.png"), fullPage: true });
  });
}

test("verdicts are filtered by cause, client and request", async ({ page }) => {
  await enter(page);
  const ids = [];
  for (const token of ["garbage", `${alice.jwt.slice(0, -8)}AAAAAAAA`, alice.jwt]) ids.push(await ask(token));
  const rows = page.getByRole("region", { name: "Last verdicts" }).locator("tbody tr");
  await expect(rows.filter({ hasText: ids[2] })).toBeVisible();
  await page.getByLabel("Cause").fill("bad-sig");
  await expect(rows.filter({ hasText: ids[1] })).toBeVisible();
  await expect(rows.filter({ hasText: ids[0] })).toHaveCount(0);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByLabel("Request id").fill(ids[0]);
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("unclaimed");
  await page.getByLabel("Client").fill("192.0.2.1");
  await expect(rows).toHaveCount(0);
  await expect(page.getByText(/^0 of \d+ shown$/)).toBeVisible();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByLabel("Verdict", { exact: true }).selectOption("verified");
  await expect(rows.filter({ hasText: ids[2] })).toBeVisible();
  await expect(rows.filter({ hasText: "refused" })).toHaveCount(0);
  // Never a token.
  const text = await page.locator("body").innerText();
  for (const token of [alice.session, alice.jwt]) expect(text).not.toContain(token);
});

test("everything can be reached with the keyboard, and a pause holds what is shown", async ({ page }) => {
  await enter(page);
  const reach = async (control) => {
    const isReached = () => control.evaluate((element) => element === document.activeElement);
    for (let presses = 0; presses < 30 && !(await isReached()); presses += 1) await page.keyboard.press("Tab");
    expect(await isReached()).toBe(true);
  };
  for (const name of ["Cause", "Client", "Request id"]) await reach(page.getByLabel(name));
  const pause = page.getByRole("button", { name: "Pause" });
  await reach(pause);
  await page.keyboard.press("Space");
  await expect(pause).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByText(/shown, paused$/)).toBeVisible();
  const id = await ask("garbage");
  await page.waitForTimeout(2500);
  await expect(page.getByText(id)).toHaveCount(0);
  await page.keyboard.press("Space");
  await expect(page.getByText(id)).toBeVisible();
});

// A JWT of Better Auth with other claims, which its signature no longer covers.
function changed(jwt, claims) {
  const [header, payload, signature] = jwt.split(".");
  const all = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), ...claims };
  return [header, Buffer.from(JSON.stringify(all)).toString("base64url"), signature].join(".");
}

for (const colorScheme of ["light", "dark"]) {
  test(`a pasted credential is explained: ${colorScheme}`, async ({ page }, info) => {
    await page.emulateMedia({ colorScheme });
    await enter(page);
    const box = page.getByRole("textbox", { name: "Credential" });
    const answer = page.locator("#explained");
    const shown = page.locator("#explanation");
    const forged = changed(alice.jwt, { role: "<b>admin</b>", scope: "<i>me</i>" });
    await box.fill(forged);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(answer).toHaveText("refused by jwt: bad-signature. A route that needs somebody answers 401.");
    const card = (name) => shown.getByRole("article").filter({ has: page.getByRole("heading", { name, exact: true }) });
    await expect(card("Verdict").getByRole("listitem").first()).toBeVisible();
    const failed = card("Checks").getByRole("listitem").filter({ hasText: "failed" });
    await expect(failed).toHaveCount(1);
    await expect(failed).toContainText("signature");
    await expect(card("Credential")).toContainText('"<i>me</i>"');
    await expect(card("Strategies, in order of trust").getByRole("listitem").first()).toContainText("claims it");
    await expectAccessible(page);
    await page.screenshot({ path: info.outputPath("refused.png"), fullPage: true });

    await box.fill(`Cookie: ${alice.cookie}`);
    await page.getByRole("button", { name: "Explain" }).click();
    await expect(answer).toContainText("verified by session_table");
    await expect(card("Who is calling")).toContainText("User");
    await expectAccessible(page);
    await page.screenshot({ path: info.outputPath("verified.png"), fullPage: true });
    // Never a token.
    const text = await shown.innerText();
    for (const token of [alice.session, alice.cookie, forged]) expect(text).not.toContain(token);

    await box.fill("no token at all");
    await page.getByRole("button", { name: "Explain" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "nothing that is known here" })).toBeVisible();
    await expect(shown).toBeEmpty();
  });
}

test("what was pasted is gone when the page is left", async ({ page }) => {
  await enter(page);
  const box = page.getByRole("textbox", { name: "Credential" });
  const use = async () => {
    await box.fill(alice.jwt);
    await page.getByRole("button", { name: "Explain" }).click();
    await expect(page.locator("#explained")).toContainText("verified by jwt");
  };
  const expectNothing = async () => {
    await expect(page.locator("#pasted")).toHaveValue("");
    await expect(page.locator("#explained")).toBeEmpty();
    await expect(page.locator("#explanation")).toBeEmpty();
  };
  await use();
  await page.getByRole("button", { name: "Forget it" }).click();
  await expectNothing();
  await expect(box).toBeFocused();
  await use();
  // A browser may keep the page as it is for whoever comes back.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await expectNothing();
  await use();
  await page.goto(`${address()}state`);
  await page.goBack();
  await expectNothing();
  await use();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expectNothing();
});

for (const colorScheme of ["light", "dark"]) {
  test(`the service is examined: ${colorScheme}`, async ({ page }, info) => {
    await page.emulateMedia({ colorScheme });
    await enter(page);
    const examine = page.getByRole("button", { name: "Examine" });
    await examine.focus();
    await page.keyboard.press("Enter");
    await expect(page.locator("#examined")).toHaveText(/^Nothing is broken 0 broken, [1-9]\d* warnings, \d+ unknown, [1-9]\d* fine\.$/, { timeout: 30_000 });
    await expect(examine).toBeFocused();
    const warnings = page.locator("#report").getByRole("article").filter({ has: page.getByRole("heading", { name: /^Warnings/ }) });
    await expect(warnings.getByRole("listitem").filter({ hasText: "revocation.persist" })).toContainText("What to do");
    // What is fine is folded, and opens with a key.
    const fine = page.locator("#report details").filter({ has: page.getByRole("heading", { name: /^Fine/ }) });
    const address = fine.getByRole("listitem").filter({ hasText: `Better Auth answers at ${stack.auth}` });
    await expect(address).toBeHidden();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(address).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: info.outputPath("report.png"), fullPage: true });
  });
}

test("signing out ends the session", async ({ page, context }) => {
  await enter(page);
  const [cookie] = await context.cookies();
  expect([cookie.httpOnly, cookie.sameSite, cookie.value.includes(TOKEN)]).toEqual([true, "Strict", false]);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Strategies" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  const answer = await fetch(`${address()}state`, { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
  expect(answer.status).toBe(401);
});

// The page of a stranger, in the browser of an operator who is signed in.
test("a page from elsewhere reads and changes nothing", async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await enter(page);
  const stranger = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end("<!doctype html><title>x</title>"));
  const port = await freePort();
  await new Promise((listening) => stranger.listen(port, "127.0.0.1", listening));
  try {
    const elsewhere = await context.newPage();
    // By another port of the same host, which is the same site, and by a name that leads to the same address.
    for (const origin of [`http://127.0.0.1:${port}`, `http://rebound.localhost:${port}`]) {
      await elsewhere.goto(origin);
      const outcomes = await elsewhere.evaluate(async (url) => {
        const attempt = async (path, options) => {
          try {
            const answer = await fetch(url + path, { credentials: "include", ...options });
            return answer.type === "opaque" ? "opaque" : `read ${answer.status}`;
          } catch {
            return "refused";
          }
        };
        const frame = document.body.appendChild(document.createElement("iframe"));
        frame.src = url;
        await new Promise((loaded) => frame.addEventListener("load", loaded));
        let inFrame = "refused";
        try {
          inFrame = frame.contentDocument?.title ?? "refused";
        } catch {}
        return [
          await attempt("state"),
          await attempt("verdicts", { mode: "no-cors" }),
          await attempt("logout", { method: "POST" }),
          await attempt("login", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }),
          await attempt("explain", { method: "POST", body: "a token" }),
          await attempt("doctor", { method: "POST" }),
          inFrame,
        ];
      }, address());
      const opaque = expect.stringMatching(/refused|opaque/);
      expect(outcomes).toEqual(["refused", opaque, "refused", "refused", "refused", "refused", "refused"]);
    }
    // Its session lives on.
    await page.reload();
    await expect(page.getByRole("heading", { name: "Strategies" })).toBeVisible();
  } finally {
    stranger.close();
    await context.close();
  }
});
