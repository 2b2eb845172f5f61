// What a reader of Swagger UI does.
import { expect } from "@playwright/test";

// Fills one of the dialog's fields in, as a reader does.
export async function authorize(page, scheme, token) {
  await page.getByRole("button", { name: "Authorize" }).click();
  const form = page.locator(".auth-container", { hasText: scheme });
  await form.getByRole("textbox").fill(token);
  await form.getByRole("button", { name: "Authorize" }).click();
  await expect(form.getByRole("button", { name: "Logout" })).toBeVisible();
  await page.locator(".close-modal").click();
}

// Opens an operation, sends it as it is filled in, and answers with what came back.
export async function tryOut(page, method, path) {
  const operation = page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
  await operation.getByRole("button", { name: path }).first().click();
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const answer = operation.locator(".live-responses-table");
  const body = answer.locator(".highlight-code").first();
  await expect(body).toBeVisible();
  return { status: answer.locator(".response-col_status").last(), body };
}
