// A page that is watched: it may ask nobody but its own origin and those that are named, and break no policy.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base } from "@playwright/test";

export { expect };

export const test = base.extend({
  // Origins that a page may ask beside its own.
  mayAsk: [[], { option: true }],
  page: async ({ page, mayAsk }, use) => {
    const faults = [];
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      const own = new URL(request.frame().url() || request.url()).origin;
      const isLocal = ["data:", "blob:", "about:"].includes(protocol) || request.isNavigationRequest();
      if (!isLocal && ![own, ...mayAsk].includes(origin)) faults.push(`asked ${request.url()}`);
    });
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) faults.push(message.text());
    });
    await use(page);
    expect(faults).toEqual([]);
  },
});

// What axe finds that keeps somebody from using the page.
export async function expectAccessible(page) {
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(passes.length).toBeGreaterThan(5);
  expect(serious.map(({ id, nodes }) => [id, ...nodes.map(({ target }) => target.join(" "))])).toEqual([]);
}
