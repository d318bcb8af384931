import type { Page } from "@playwright/test";
import { HEALTH, LIST } from "../support/api";
import { FaultProxy } from "../support/fault-proxy";
import { fill } from "../support/form";
import { expectTidy } from "../support/layout";
import { pathIn, places } from "../support/places";
import { expect, test } from "../support/seeded";
import { test as alone } from "../support/test";
import { toast } from "../support/toast";

test.describe.configure({ mode: "parallel" });

/** A narrow window, an ordinary one, a wide one; on a phone its own. */
const widths = () => (test.info().project.name === "phone" ? [320, 412] : [683, 1280, 1920]);

for (const role of ["admin", "viewer", "nobody"] as const) {
  test.describe(`for ${role}`, () => {
    test.use({ role });
    test(`every page is tidy at every width, and nothing moves as it comes: ${role}`, { tag: "@phone" }, async ({ page, open, seeded }) => {
      test.slow();
      for (const place of places.filter((place) => (place.role ?? "admin") === role)) {
        await open(pathIn(seeded, place));
        for (const width of widths()) {
          await page.setViewportSize({ width, height: 900 });
          await expectTidy(page, `${place.name} at ${width}`);
        }
        if (test.info().project.name !== "phone") await page.setViewportSize({ width: 1280, height: 800 });
      }
    });
  });
}

test("the column stands in the middle of a wide screen", async ({ page, open, seeded }) => {
  await page.setViewportSize({ width: 1920, height: 900 });
  for (const path of ["/", seeded.active, HEALTH]) {
    await open(path);
    const [rail, main] = [(await page.locator(".rail").boundingBox())!, (await page.locator(".main").boundingBox())!];
    const [before, after] = [main.x - (rail.x + rail.width), 1920 - (main.x + main.width)];
    expect(Math.abs(before - after), path).toBeLessThanOrEqual(1);
    expect(before, path).toBeGreaterThan(100);
  }
});

test("figures leave no hole, however many fit beside each other", { tag: "@phone" }, async ({ page, open, seeded }) => {
  for (const path of ["/", HEALTH, seeded.health]) {
    await open(path);
    for (const width of widths()) {
      await page.setViewportSize({ width, height: 900 });
      const tops = await page.locator(".figures").first().locator("li").evaluateAll((items) => items.map((item) => item.getBoundingClientRect().top));
      const lengths = [...new Set(tops)].map((row) => tops.filter((top) => top === row).length);
      expect(new Set(lengths).size, `${path} at ${width}: rows of ${lengths}`).toBe(1);
    }
  }
});

test("each page says its title once", async ({ page, open, seeded }) => {
  for (const path of ["/", LIST, seeded.active, `${seeded.active}/edit`, seeded.blocked, seeded.incident, HEALTH, "/settings/team"]) {
    await open(path);
    const title = (await page.getByRole("heading", { level: 1 }).innerText()).trim();
    await expect(page.getByRole("heading", { name: title, exact: true }), path).toHaveCount(1);
    await expect(page.locator(".header"), path).not.toContainText(title);
  }
});

test("the focus stands round a red border, not over it", async ({ page, open }) => {
  await open(`${LIST}/new?kind=tcp`);
  await page.getByRole("button", { name: "Save connection" }).click();
  const wrong = page.locator("[aria-invalid=true]").first();
  await expect(wrong).toBeFocused();
  // Beyond the red line of one pixel round the border, which takes on its colour little by little.
  await expect.poll(() => wrong.evaluate((element) => {
    const style = getComputedStyle(element);
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = "var(--bad-mark)";
    const isRed = style.borderTopColor === getComputedStyle(probe).color;
    probe.remove();
    return { isRed, isThick: parseFloat(style.outlineWidth) >= 2, isApart: parseFloat(style.outlineOffset) > 1 };
  })).toEqual({ isRed: true, isThick: true, isApart: true });
});

test("what cannot be undone stands apart from what is done every day", async ({ page, open, seeded }) => {
  await open(seeded.active);
  const everyday = page.locator(".page-actions");
  await expect(everyday.getByRole("link", { name: "Edit" })).toBeVisible();
  await expect(everyday.getByText("Archive")).toHaveCount(0);
  const [acts, archive] = [(await everyday.boundingBox())!, (await page.getByRole("region", { name: "Archive" }).boundingBox())!];
  expect(archive.y).toBeGreaterThan(acts.y + acts.height + 100);
});

test("on paper there is what was, and when: no buttons, no empty forms, nothing that only makes sense on a screen", async ({ page, open, seeded }) => {
  await page.emulateMedia({ media: "print" });
  // A4 between its margins.
  await page.setViewportSize({ width: 718, height: 1000 });
  let told = 0;
  for (const path of ["/", seeded.active, seeded.blocked, seeded.incident, seeded.failing, HEALTH, LIST]) {
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

test("nothing moves or overlaps while a test runs", { tag: "@phone" }, async ({ page, open, seeded }) => {
  await page.route("**/actions/start_verification", async (route) => {
    const answer = await route.fetch();
    const view = await answer.json();
    // As if each step took its time.
    await route.fulfill({ response: answer, json: { ...view, outcome: "running", rows: view.rows.slice(0, 2) } });
  });
  await page.route("**/actions/verification", () => {});
  await open(seeded.verified);
  const panel = page.getByRole("region", { name: "Verification" });
  await panel.getByRole("button", { name: "Test connection" }).click();
  await expect(panel.getByRole("button", { name: "Testing…" })).toBeVisible();
  await expect(panel.getByText("Running", { exact: true })).toBeVisible();
  await expectTidy(page, "a test that runs");
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

/** How each part of the health of all is coloured. */
const filters = (page: Page) =>
  page.locator(".health-overview :is(.verdict, .figures, .table-box)").evaluateAll((parts) => parts.map((part) => getComputedStyle(part).filter.split(" ")[0]));
const grey = Array(3).fill("grayscale(1)");
const coloured = Array(3).fill("none");
/** In the person's zone: exactly, with the zone, on hover. */
const lost = (page: Page) => page.getByText(/^Connection lost, as of \d\d:\d\d:\d\d$/);

alone.describe("the console goes away", () => {
  alone.use({ settings: {} });
  alone("what is old turns grey and says how old it is, and nothing moves", { tag: "@phone" }, async ({ page, open, switchboard, api, services }) => {
    const { host, port } = services.redis_open;
    await api.active({ name: "Ledger port", kind: "tcp", environment: "development", settings: { host, port } });
    await open(HEALTH);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    expect(await filters(page)).toEqual(coloured);
    await switchboard.stop();
    await expect(lost(page)).toBeVisible();
    await lost(page).locator("time").hover();
    await expect(lost(page).locator("time")).toHaveAttribute("title", /, \d\d:\d\d:\d\d (UTC|GMT.*)$/);
    expect(await filters(page)).toEqual(grey);
    await expectTidy(page, "a page whose console is gone");
    await switchboard.start();
    await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 30_000 });
    expect(await filters(page)).toEqual(coloured);
  });

  alone("a console that hangs closes nothing, and its silence is noticed", async ({ page, open, switchboard, api, services }) => {
    alone.slow();
    const { host, port } = services.redis_open;
    await api.active({ name: "Ledger port", kind: "tcp", environment: "development", settings: { host, port } });
    await open(HEALTH);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    switchboard.freeze();
    try {
      await expect(lost(page)).toBeVisible({ timeout: 30_000 });
      expect(await filters(page)).toEqual(grey);
    } finally {
      switchboard.thaw();
    }
    await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 30_000 });
    expect(await filters(page)).toEqual(coloured);
  });

  for (const [what, path, reading] of [["the overview", "/", (url: URL) => url.pathname === "/"], ["the health of all", HEALTH, /read_health/]] as const) {
    alone(`what could not be read anew says so, until it could: ${what}`, async ({ page, open, api }) => {
      const faultProxy = await FaultProxy.open();
      const connection = await api.active(faultProxy.connection());
      await api.sweep([connection]);
      await open(path);
      await expect(page.getByText("Live", { exact: true })).toBeVisible();
      await page.route(reading, (route) => route.fulfill({ status: 503, body: "the database is away" }));
      faultProxy.close();
      // Two in a row open an incident; once more, because a sweep leaves out what the scheduler is trying just then.
      for (let sweep = 0; sweep < 3; sweep++) await api.sweep([connection]);
      await expect(page.getByText(/^Not up to date, as of \d\d:\d\d:\d\d$/)).toBeVisible({ timeout: 15_000 });
      await expect(page.locator("html[data-stale]")).toBeAttached();
      await page.unroute(reading);
      await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 15_000 });
      await expect(page.getByText(/^\s*1 down/).first()).toBeVisible();
      await expect(page.locator("html[data-stale]")).toHaveCount(0);
    });
  }
});
