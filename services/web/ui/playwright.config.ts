import { defineConfig, devices } from "@playwright/test";

// A Chromium of the machine's own; none is ever downloaded.
const executablePath = process.env.CHROMIUM_PATH ?? process.env.CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/global-setup.ts",
  outputDir: "test-results",
  // The system under test is one for all, and so is what people do in it.
  workers: 1,
  // Each wait has its own, shorter limit; a whole test may take long on a busy machine.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL: process.env.CONSOLE_URL,
    viewport: { width: 1280, height: 800 },
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
  projects: [
    { name: "signs in", testMatch: "session.setup.ts" },
    {
      name: "console",
      testMatch: "*.spec.ts",
      dependencies: ["signs in"],
      use: { storageState: "test-results/session.json" },
    },
  ],
});
