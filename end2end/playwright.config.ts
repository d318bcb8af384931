import { defineConfig, devices } from "@playwright/test";

const desktop = { ...devices["Desktop Chrome"], viewport: { width: 1280, height: 800 } };

/**
 * Every test runs on a desktop in light colours. A tag adds a run elsewhere:
 * `test("...", { tag: ["@phone", "@no-javascript"] }, ...)`.
 */
export default defineConfig({
  testDir: "tests",
  outputDir: "../target/end2end",
  globalSetup: "./global-setup.ts",
  workers: 2,
  // For machines that are slower or busier than ours: a test that passes does not wait for it.
  timeout: 120_000,
  expect: {
    timeout: 15_000,
    // Edges of letters are drawn a little differently by another version of the browser.
    toHaveScreenshot: { maxDiffPixels: 100, pathTemplate: "pictures/{arg}-{projectName}{ext}" },
  },
  // What passes only the second time is listed as flaky, with its trace: a fault to be mended, though not of the change at hand.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"], ["./support/shift-report.ts"]],
  use: {
    locale: "en-GB",
    timezoneId: "UTC",
    // Without its film: drawing that is what slows a machine without a graphics card most.
    trace: { mode: "retain-on-failure", screenshots: false },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Letters as they are, whatever screen the machine has.
        "--font-render-hinting=none",
        "--disable-lcd-text",
      ],
    },
  },
  projects: [
    { name: "chromium", use: { ...desktop, colorScheme: "light" } },
    { name: "phone", grep: /@phone/, use: { ...devices["Pixel 7"] } },
    { name: "no-javascript", grep: /@no-javascript/, use: { ...desktop, javaScriptEnabled: false } },
  ],
});
