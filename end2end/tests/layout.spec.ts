import type { Page } from "@playwright/test";
import { HEALTH, LIST } from "../support/api";
import { fill } from "../support/form";
import { expectCalm, expectTidy, watchShifts } from "../support/layout";
import { pathIn, places } from "../support/places";
import { expect, test } from "../support/seeded";
import { test as alone } from "../support/test";
import { toast } from "../support/toast";

test.describe.configure({ mode: "parallel" });

/** A narrow window, an ordinary one, a wide one; on a phone its own. */
const widths = () => (test.info().project.name === "phone" ? [412] : [683, 1280, 1920]);

for (const role of ["admin", "viewer", "nobody"] as const) {
  test.describe(`for ${role}`, () => {
    test.use({ role });
    test(`every page is tidy at every width, and nothing moves as it comes: ${role}`, { tag: "@phone" }, async ({ page, open, furniture }) => {
      test.slow();
      await watchShifts(page);
      for (const place of places.filter((place) => (place.role ?? "admin") === role)) {
        await open(pathIn(furniture, place));
        await expectCalm(page);
        for (const width of widths()) {
          await page.setViewportSize({ width, height: 900 });
          await expectTidy(page, `${place.name} at ${width}`);
        }
        if (test.info().project.name !== "phone") await page.setViewportSize({ width: 1280, height: 800 });
      }
    });
  });
}

test("on paper there is what was, and when: no buttons, no empty forms, nothing that only makes sense on a screen", async ({ page, open, furniture }) => {
  await page.emulateMedia({ media: "print" });
  // A4 between its margins.
  await page.setViewportSize({ width: 718, height: 1000 });
  let told = 0;
  for (const path of ["/", furniture.active, furniture.blocked, furniture.incident, furniture.failing, HEALTH, LIST]) {
    await open(path);
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    await expectTidy(page, `${path} on paper`);
    await expect(page.locator(".rail, .header, .live-state, .button, .toasts, textarea, .filter").filter({ visible: true })).toHaveCount(0);
    const moments = await page.locator("time[data-shape=ago]:not([datetime=\"\"])").evaluateAll((times) =>
      times.filter((time) => time.checkVisibility()).map((time) => getComputedStyle(time, "::after").content),
    );
    for (const moment of moments) expect(moment).toMatch(/^"\d{1,2} \w+ \d{4}, \d\d:\d\d:\d\d (UTC|GMT)"$/);
    told += moments.length;
  }
  expect(told).toBeGreaterThan(20);
});

test("nothing moves or overlaps while a test runs", { tag: "@phone" }, async ({ page, open, furniture }) => {
  await watchShifts(page);
  await page.route("**/actions/start_verification", async (route) => {
    const answer = await route.fetch();
    const view = await answer.json();
    // As if each step took its time.
    await route.fulfill({ response: answer, json: { ...view, outcome: "running", rows: view.rows.slice(0, 2) } });
  });
  await page.route("**/actions/verification", () => {});
  await open(furniture.verified);
  const panel = page.getByRole("region", { name: "Verification" });
  await panel.getByRole("button", { name: "Test connection" }).click();
  await expect(panel.getByRole("button", { name: "Testing…" })).toBeVisible();
  await expect(panel.getByText("Running", { exact: true })).toBeVisible();
  await expectTidy(page, "a test that runs");
  await expectCalm(page);
  // One step under the other, as they are when it is over.
  const steps = await panel.getByRole("listitem").all();
  const tops = await Promise.all(steps.map(async (step) => (await step.boundingBox())!.y));
  expect(tops).toEqual(tops.toSorted((a, b) => a - b));
  expect(new Set(tops).size).toBe(tops.length);
});

test("nothing overlaps while a form is saved, refused, and when a toast stands over it", { tag: "@phone" }, async ({ page, open }) => {
  await open(`${LIST}/new?kind=tcp`);
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(page.locator("[aria-invalid]").first()).toBeVisible();
  await expectTidy(page, "a form that was refused");
  const values = { Name: "Layout", Host: "ledger.example.org", Port: 7000 };
  await fill(page, values);
  await page.route(/save_connection/, () => {});
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(page.getByRole("button", { name: "Saving…" })).toBeVisible();
  await expectTidy(page, "a form that is being saved");
  // It asks whether to leave what is not saved.
  page.on("dialog", (dialog) => dialog.accept());
  await open(`${LIST}/new?kind=tcp`);
  await page.unroute(/save_connection/);
  await page.route(/save_connection/, (route) => route.abort());
  await fill(page, values);
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(toast(page)).toBeVisible();
  await expectTidy(page, "a toast");
});

const grey = (page: Page) => page.locator(".health-overview .figures").evaluate((element) => getComputedStyle(element).filter);

alone.describe("the console goes away", () => {
  alone.use({ settings: {} });
  alone("what is old turns grey and says how old it is, and nothing moves", { tag: "@phone" }, async ({ page, open, switchboard, api, services }) => {
    const { host, port } = services.redis_open;
    await api.active({ name: "Ledger port", kind: "tcp", environment: "development", settings: { host, port } });
    await watchShifts(page);
    await open(HEALTH);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    expect(await grey(page)).toBe("none");
    await switchboard.stop();
    await expect(page.getByText(/^Connection lost, as of \d\d:\d\d:\d\d UTC$/)).toBeVisible();
    expect(await grey(page)).toContain("grayscale(1)");
    await expectTidy(page, "a page whose console is gone");
    await expectCalm(page);
    await switchboard.start();
    await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 30_000 });
    expect(await grey(page)).toBe("none");
  });
});
