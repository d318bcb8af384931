import { HEALTH, INCIDENTS, pathOf } from "../support/api";
import { FaultProxy } from "../support/fault-proxy";
import { fill } from "../support/form";
import { failing } from "../support/incidents";
import { expect, test } from "../support/test";

const ZONE = "Asia/Tokyo";

test.describe("in the person's zone", () => {
  test.use({ timezoneId: ZONE, settings: {} });

  test("times pass while one looks, and are exact on hover", async ({ page, open, api }) => {
    const connection = await failing(api);
    await page.clock.install();
    await open(INCIDENTS);
    const opened = page.locator("td.place time").first();
    await expect(opened).toHaveText(/^(just now|\d+ s ago)$/);
    await opened.hover();
    await expect(opened).toHaveAttribute("title", /\d{4}, \d\d:\d\d:\d\d (GMT\+9|JST)$/);
    const lasted = page.locator("time[data-shape=since]").first();
    await expect(lasted).toHaveText(/^\d+\ss$/);
    await page.clock.fastForward(125_000);
    await expect(opened).toHaveText("2 min ago");
    await expect(lasted).toHaveText(/^2\smin( \d+\ss)?$/);

    await open(`${HEALTH}/${connection.id}`);
    const recent = page.getByRole("region", { name: "Recent heartbeats" });
    await expect(recent).toContainText(ZONE);
    const times = await recent.locator("time").allTextContents();
    for (const time of times) expect(time).toMatch(/^\d\d:\d\d:\d\d$/);
    await expect(recent).toContainText(/127\.0\.0\.1:\d+ refused the connection/);
  });

  test("maintenance is typed and told in it", async ({ page, open, api }) => {
    const faultProxy = await FaultProxy.open();
    const connection = await api.active(faultProxy.connection());
    await open(`${HEALTH}/${connection.id}`);
    const maintenance = page.getByRole("region", { name: "Maintenance" });
    await maintenance.locator("summary").filter({ hasText: "Declare" }).click();
    await expect(maintenance.getByText(`${ZONE}. Leave it empty to begin now.`)).toBeVisible();
    await fill(page, { Reason: "Moving the proxy", Begins: "2031-03-01T10:00", Lasts: "60" });
    await page.getByRole("button", { name: "Declare maintenance" }).click();
    await expect(maintenance.getByRole("listitem")).toContainText("From 2031-03-01 10:00 until 2031-03-01 11:00, by");
    const { items } = await (await api.http.get("/api/maintenance-windows")).json();
    expect(items[0]).toMatchObject({ starts_at: "2031-03-01T01:00:00.000Z", ends_at: "2031-03-01T02:00:00.000Z" });
    faultProxy.close();
  });
});

test("a verification says how long ago it was, as time passes", async ({ page, open, api }) => {
  const faultProxy = await FaultProxy.open();
  const connection = await api.verified(faultProxy.connection());
  await page.clock.install();
  await open(pathOf(connection));
  const head = page.getByRole("region", { name: "Verification" }).locator("header");
  await expect(head).toContainText(/Version 1 passed (just now|\d+ s ago), tried by/);
  await page.clock.fastForward(125_000);
  await expect(head).toContainText(/Version 1 passed 2 min ago, tried by/);
  const before = await head.locator("time").getAttribute("datetime");
  await page.route("**/actions/start_verification", (route) => setTimeout(() => route.continue(), 500));
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(head.locator("p")).toHaveText("Testing against the real service ");
  await page.clock.runFor(5_000);
  await expect(head.locator("p")).toHaveText(/^The test passed (just now|\d+ (s|min) ago)$/);
  expect(await head.locator("time").getAttribute("datetime"), "of the new test").not.toBe(before);
  faultProxy.close();
});

test("the browser tells a moment in the words of the server", async ({ page, open }) => {
  // The same table stands in src/domain/time.rs.
  const told: [number, string][] = [
    [4, "just now"],
    [5, "5 s ago"],
    [59, "59 s ago"],
    [60, "1 min ago"],
    [5_399, "90 min ago"],
    [5_400, "2 h ago"],
    [129_599, "36 h ago"],
    [129_600, "2 d ago"],
    [-44, "just now"],
    [-600, "in 10 min"],
    [-172_800, "in 2 d"],
  ];
  await open(INCIDENTS);
  const now = Date.now();
  await page.clock.setFixedTime(now);
  const words = await page.evaluate(
    async ([now, ages]) => {
      const times = ages.map((age) => Object.assign(document.createElement("time"), { dateTime: new Date(now - age * 1000).toISOString() }));
      for (const time of times) time.dataset.shape = "ago";
      document.body.append(...times);
      await new Promise((retold) => setTimeout(retold));
      return times.map((time) => time.textContent);
    },
    [now, told.map(([age]) => age)] as const,
  );
  expect(words).toEqual(told.map(([, words]) => words));
});

test("without script times are in UTC and say so", { tag: "@no-javascript" }, async ({ page, open, api, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled ?? true, "the other test is of a page with script");
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection());
  await api.sweep([connection]);
  await open(`${HEALTH}/${connection.id}`);
  await expect(page.getByRole("region", { name: "Recent heartbeats" })).toContainText("UTC");
  const maintenance = page.getByRole("region", { name: "Maintenance" });
  await maintenance.locator("summary").filter({ hasText: "Declare" }).click();
  await fill(page, { Reason: "Moving the proxy", Begins: "2031-03-01T10:00", Lasts: "60" });
  await page.getByRole("button", { name: "Declare maintenance" }).click();
  await expect(maintenance.getByRole("listitem")).toContainText("From 2031-03-01 10:00 UTC until 2031-03-01 11:00 UTC");
  faultProxy.close();
});

test("an uptime of ninety days is not told after a minute", { tag: "@no-javascript" }, async ({ page, open, api }) => {
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection());
  await api.sweep([connection]);
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await open(`${HEALTH}/${connection.id}`);
  const uptime = page.getByRole("region", { name: "Uptime" }).getByRole("listitem");
  await expect(uptime.first()).toContainText(/24 hours\s*\d+(\.\d+)?\s%\s*since \d{4}-\d\d-\d\d \d\d:\d\d/);
  for (const place of [1, 2, 3]) await expect(uptime.nth(place)).toContainText(/days\s*–\s*Known for/);
  faultProxy.close();
});
