// What a visitor of the web app does.
import { randomUUID } from "node:crypto";
import { expect } from "@playwright/test";

const PASSWORD = "correct horse battery";

export async function signUp(page, url) {
  const email = `ada-${randomUUID().slice(0, 8)}@example.com`;
  await page.goto(url);
  await page.getByLabel("Name").fill("Ada Lovelace");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("button", { name: "Sign out", exact: true })).toBeVisible();
  return email;
}

export async function signIn(page, email) {
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("button", { name: "Sign out", exact: true })).toBeVisible();
}

// Presents another credential, and sees who vouches for it.
export async function present(page, name, strategy) {
  await page.getByRole("radio", { name }).check({ force: true });
  const identity = page.getByRole("region", { name: "Identity" });
  await expect(identity.locator(".vouched strong")).toHaveText(strategy);
  await expect(identity).toContainText("Ada Lovelace");
}

export const todos = (page) => page.getByRole("list", { name: "To-dos" }).getByRole("listitem");

export async function addTodo(page, title) {
  await page.getByLabel("New to-do").fill(title);
  await page.getByRole("button", { name: "Add" }).click();
  await expect(todos(page).filter({ hasText: title })).toBeVisible();
}
