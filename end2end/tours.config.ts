import { defineConfig, devices } from "@playwright/test";
import tests from "./playwright.config";

const wide = { viewport: { width: 1280, height: 800 } };
const { viewport, isMobile, hasTouch, userAgent } = devices["Pixel 7"];
const phone = { viewport, isMobile, hasTouch, userAgent };

/** Not tests: looks at every page and keeps what it saw under target/. Run by hand. */
export default defineConfig({
  ...tests,
  testDir: "tours",
  testMatch: "*.tour.ts",
  timeout: 300_000,
  projects: [
    { name: "wide-light", use: { ...wide, colorScheme: "light" } },
    { name: "wide-dark", use: { ...wide, colorScheme: "dark" }, testMatch: "screenshots.tour.ts" },
    { name: "phone-light", use: { ...phone, colorScheme: "light" }, testMatch: /(screenshots|newcomer)\.tour\.ts/ },
    { name: "phone-dark", use: { ...phone, colorScheme: "dark" }, testMatch: "screenshots.tour.ts" },
    { name: "wide-light-no-script", use: { ...wide, colorScheme: "light", javaScriptEnabled: false }, testMatch: "screenshots.tour.ts" },
    { name: "phone-light-no-script", use: { ...phone, colorScheme: "light", javaScriptEnabled: false }, testMatch: "screenshots.tour.ts" },
  ],
});
