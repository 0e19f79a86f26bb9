import { defineConfig, devices } from "@playwright/test";

// A Chromium of the machine's own; none is ever downloaded.
const executablePath = process.env.CHROMIUM_PATH ?? process.env.CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  // The system under test is one for all, and the last test empties it.
  workers: 1,
  fullyParallel: false,
  // Each wait has its own, shorter limit; a whole test may take long on a busy machine.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL: process.env.SANDBOX_URL,
    actionTimeout: 15_000,
    viewport: { width: 1400, height: 900 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
