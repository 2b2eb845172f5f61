// Debian's Chromium, as root or not. Nothing is tried again: what fails once is looked at.
import { defineConfig } from "@playwright/test";

const target = process.env.CARGO_TARGET_DIR ?? "../../target";

export default defineConfig({
  testMatch: "*.spec.mjs",
  // Servers and a browser for each; the machine may have two cores.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list"]],
  outputDir: `${target}/browser`,
  use: {
    viewport: { width: 1280, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        // It would ask its makers' hosts.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
