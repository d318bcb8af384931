import { HEALTH, INCIDENTS } from "../support/api";
import { FaultProxy } from "../support/fault-proxy";
import { fill } from "../support/form";
import { expect, test } from "../support/test";

const ZONE = "Asia/Tokyo";

test.describe("in the person's zone", () => {
  test.use({ timezoneId: ZONE, settings: {} });

  test("times pass while one looks, and are exact on hover", async ({ page, open, api }) => {
    const valve = await FaultProxy.open();
    const connection = await api.active(valve.connection());
    await api.sweep([connection]);
    valve.close();
    await api.sweep([connection]);
    await api.sweep([connection]);
    await page.clock.install();
    await open(INCIDENTS);
    const opened = page.locator("td.place time").first();
    await expect(opened).toHaveText("just now");
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
    const valve = await FaultProxy.open();
    const connection = await api.active(valve.connection());
    await open(`${HEALTH}/${connection.id}`);
    const maintenance = page.getByRole("region", { name: "Maintenance" });
    await maintenance.locator("summary").filter({ hasText: "Declare" }).click();
    await expect(maintenance.getByText(`${ZONE}. Leave it empty to begin now.`)).toBeVisible();
    await fill(page, { Reason: "Moving the proxy", Begins: "2031-03-01T10:00", Lasts: "60" });
    await page.getByRole("button", { name: "Declare maintenance" }).click();
    await expect(maintenance.getByRole("listitem")).toContainText("From 2031-03-01 10:00 until 2031-03-01 11:00, by");
    const { items } = await (await api.http.get("/api/maintenance-windows")).json();
    expect(items[0]).toMatchObject({ starts_at: "2031-03-01T01:00:00.000Z", ends_at: "2031-03-01T02:00:00.000Z" });
    valve.close();
  });
});

test("without script times are in UTC and say so", { tag: "@no-javascript" }, async ({ page, open, api, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled ?? true, "the other test is of a page with script");
  const valve = await FaultProxy.open();
  const connection = await api.active(valve.connection());
  await api.sweep([connection]);
  await open(`${HEALTH}/${connection.id}`);
  await expect(page.getByRole("region", { name: "Recent heartbeats" })).toContainText("UTC");
  const maintenance = page.getByRole("region", { name: "Maintenance" });
  await maintenance.locator("summary").filter({ hasText: "Declare" }).click();
  await fill(page, { Reason: "Moving the proxy", Begins: "2031-03-01T10:00", Lasts: "60" });
  await page.getByRole("button", { name: "Declare maintenance" }).click();
  await expect(maintenance.getByRole("listitem")).toContainText("From 2031-03-01 10:00 UTC until 2031-03-01 11:00 UTC");
  valve.close();
});

test("an uptime of ninety days is not told after a minute", { tag: "@no-javascript" }, async ({ page, open, api }) => {
  const valve = await FaultProxy.open();
  const connection = await api.active(valve.connection());
  await api.sweep([connection]);
  valve.isWell = false;
  await api.sweep([connection]);
  await open(`${HEALTH}/${connection.id}`);
  const uptime = page.getByRole("region", { name: "Uptime" }).getByRole("listitem");
  await expect(uptime.first()).toContainText(/24 hours\s*\d+(\.\d+)?\s%\s*since \d{4}-\d\d-\d\d \d\d:\d\d/);
  for (const place of [1, 2, 3]) await expect(uptime.nth(place)).toContainText(/days\s*–\s*Known for/);
  valve.close();
});
