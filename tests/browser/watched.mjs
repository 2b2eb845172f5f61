// Pages that are watched: they may ask nobody but their own origin and those that are named, and break no policy.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base } from "@playwright/test";

export { expect };

export const test = base.extend({
  // Origins that pages may ask beside their own.
  mayAsk: [[], { option: true }],
  context: async ({ context, mayAsk }, use) => {
    const faults = [];
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (request.isNavigationRequest() || !protocol.startsWith("http")) return;
      const own = new URL(request.frame().url()).origin;
      if (![own, ...mayAsk].includes(origin)) faults.push(`${own} asked ${request.url()}`);
    });
    context.on("weberror", (fault) => faults.push(fault.error().message));
    context.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) faults.push(message.text());
    });
    await use(context);
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
