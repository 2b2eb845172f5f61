// Takes the documentation's pictures anew, into examples/pictures: node tests/browser/pictures.mjs
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import config from "./playwright.config.mjs";
import { tryOut } from "./reader.mjs";
import { startExample } from "./site.mjs";
import { addTodo, present, signUp } from "./visitor.mjs";

const FOLDER = fileURLToPath(new URL("../../examples/pictures/", import.meta.url));
const TODOS = ["Write to the list of 401s", "Ban a user and see what happens", "Buy milk"];

const example = await startExample({ PORT_SITE: 5173, PORT_API: 8000 });
const browser = await chromium.launch(config.use.launchOptions);
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
const page = await context.newPage();
const take = (name) => page.screenshot({ path: `${FOLDER}${name}.png` });

try {
  await signUp(page, example.oneSite);
  for (const title of TODOS) await addTodo(page, title);
  await present(page, "JWT", "jwt");
  await page.getByRole("status").filter({ hasText: "was added" }).waitFor({ state: "hidden" });
  await take("web");

  // The cookie is enough there, and no token is in the picture.
  await page.goto(`${example.oneSite}/docs`);
  const { body } = await tryOut(page, "get", "/api/public");
  await body.waitFor();
  await page.locator(".opblock.is-open").evaluate((operation) => operation.scrollIntoView({ block: "start" }));
  await take("docs");

  await page.goto(`${example.oneSite}/docs/reference`);
  await page.getByRole("link", { name: "Create a to-do HTTP Method" }).click();
  await page.getByRole("heading", { name: "Create a to-do", exact: true }).waitFor();
  await take("reference");
} finally {
  await browser.close();
  await example.close();
}
