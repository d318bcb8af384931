import type { Page } from "@playwright/test";
import { Api, type Connection, HEALTH, INCIDENTS, pathOf, pathOfIncident } from "../support/api";
import { fill, save } from "../support/form";
import { expect, test as base } from "../support/test";
import { FaultProxy } from "../support/fault-proxy";

type Watched = { faultProxy: FaultProxy; connection: Connection };

/**
 * One active connection for this file, and the service behind it. Its first slot has come, and its next is an hour away: until
 * then it is tried when a test sweeps it, and at no other time.
 */
const test = base.extend<Watched, { watched: Watched }>({
  watched: [
    async ({ shared }, use) => {
      const faultProxy = await FaultProxy.open();
      const api = await Api.of(shared, "admin");
      const connection = await api.active(faultProxy.connection());
      await expect.poll(async () => (await api.heartbeats(connection)).length, { timeout: 90_000 }).toBe(1);
      await use({ faultProxy, connection });
      await api.dispose();
      faultProxy.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  faultProxy: async ({ watched }, use) => use(watched.faultProxy),
  connection: async ({ watched: { faultProxy, connection }, api }, use) => {
    await use(connection);
    faultProxy.isWell = true;
    // After so many turns it counts as flapping, and five passes end an incident.
    for (let passes = 0; passes < 5; passes++) await api.sweep([connection]);
  },
});

const rowOf = (page: Page, { name }: Connection) => page.getByRole("row").filter({ hasText: name });
const announced = (page: Page, text: string) => page.getByLabel("Notifications", { exact: true }).getByText(text);

test("one failure degrades, two open an incident that everyone looking hears of, and a pass ends it", async ({ page, open, api, faultProxy, connection, context }) => {
  await open(`${HEALTH}?q=${encodeURIComponent(connection.name)}`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(rowOf(page, connection)).toContainText("Healthy");

  faultProxy.isWell = false;
  await api.sweep([connection]);
  await expect(rowOf(page, connection)).toContainText("Degraded");
  await expect(rowOf(page, connection)).toContainText("1 failure");
  await expect(rowOf(page, connection).getByRole("button", { name: "Acknowledge" })).toHaveCount(0);

  const before = await unread(page);
  await api.sweep([connection]);
  await expect(rowOf(page, connection)).toContainText("Incident");
  await expect(announced(page, `${connection.name} fails`)).toBeVisible();
  await expect.poll(() => unread(page)).toBe(before + 1);

  const other = await context.newPage();
  await other.goto(INCIDENTS);
  await expect(other.getByText("Live", { exact: true })).toBeVisible();
  await expect(rowOf(other, connection)).toContainText("Open");
  await rowOf(page, connection).getByRole("button", { name: "Acknowledge" }).click();
  await expect(rowOf(page, connection).getByRole("link", { name: "Acknowledged" })).toBeVisible();
  await expect(rowOf(other, connection)).toContainText("Acknowledged");

  faultProxy.isWell = true;
  await api.sweep([connection]);
  await expect(rowOf(page, connection)).toContainText("Healthy");
  await expect(rowOf(other, connection)).toContainText("Resolved");
  await other.close();
});

/** How many notifications the bell counts. */
async function unread(page: Page): Promise<number> {
  const name = await page.getByRole("link", { name: /^Notifications/ }).first().getAttribute("aria-label");
  return Number(/\d+/.exec(name ?? "")?.[0] ?? 0);
}

test("an incident is read, acknowledged, noted on and resolved", { tag: ["@no-javascript", "@phone"] }, async ({ page, open, api, faultProxy, connection }) => {
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await api.sweep([connection]);

  await open(`${INCIDENTS}?status=open`);
  await rowOf(page, connection).locator(".row-link").click();
  const line = page.getByRole("region", { name: "Time line" });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(connection.name);
  await expect(line).toContainText("Opened");

  await page.getByRole("button", { name: "Acknowledge" }).click();
  await expect(line).toContainText("Acknowledged by admin@example.org");
  await expect(page.getByRole("button", { name: "Acknowledge" })).toHaveCount(0);

  await page.getByLabel("Note", { exact: true }).fill("Looking at the proxy.");
  await page.getByRole("button", { name: "Add note" }).click();
  await expect(line).toContainText("Looking at the proxy.");

  await page.locator("summary").filter({ hasText: "Resolve" }).click();
  await page.getByRole("button", { name: "Resolve the incident" }).click();
  await expect(line).toContainText("Resolved by admin@example.org");
  await expect(page.getByRole("button", { name: "Resolve the incident" })).toHaveCount(0);
});

/** Marks the page, so that a test can tell whether it was left. */
const stamp = (page: Page) => page.evaluate(() => void document.documentElement.setAttribute("data-stamp", ""));
const expectStayed = (page: Page) => expect(page.locator("html[data-stamp]")).toBeAttached();

test("the overview sorts and filters where it stands, and Back leads back", async ({ page, open, connection }) => {
  await open(HEALTH);
  await stamp(page);
  await page.getByRole("link", { name: "Name", exact: true }).click();
  await expect(page).toHaveURL(`${HEALTH}?sort=name`);
  await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "ascending");
  await page.getByRole("link", { name: "Name", exact: true }).click();
  await expect(page).toHaveURL(`${HEALTH}?sort=-name`);

  // What is typed is one step, however many letters it has.
  await page.getByLabel("Search connections").pressSequentially(connection.name, { delay: 20 });
  await expect(page.getByRole("status").filter({ hasText: "1 connection" })).toBeAttached();
  await page.goBack();
  await expect(page).toHaveURL(`${HEALTH}?sort=-name`);
  await expect(page.getByLabel("Search connections")).toHaveValue("");
  await page.getByLabel("Search connections").pressSequentially("no such connection");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(rowOf(page, connection)).toBeVisible();
  await expect(page.getByLabel("Search connections")).toHaveValue("");

  await page.getByLabel("Status").selectOption("incident");
  await expect(page).toHaveURL(`${HEALTH}?status=incident`);
  await expect(rowOf(page, connection)).toHaveCount(0);
  await page.goBack();
  await expect(rowOf(page, connection)).toBeVisible();
  await expect(page.getByLabel("Status")).toHaveValue("");
  await page.getByRole("list").getByRole("link", { name: /^Healthy/ }).click();
  await expect(page).toHaveURL(`${HEALTH}?status=healthy`);
  await expect(page.getByLabel("Status")).toHaveValue("healthy");
  await expectStayed(page);

  await page.reload();
  await expect(page.getByLabel("Status")).toHaveValue("healthy");
  await expect(rowOf(page, connection)).toBeVisible();
});

test("on a slow network the overview can be used before it is awake, and loses nothing", async ({ page, connection }) => {
  const network = await page.context().newCDPSession(page);
  await network.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  await page.goto(`${HEALTH}?sort=name`, { waitUntil: "commit" });
  await page.getByLabel("Search connections").fill(connection.name);
  await expect(page.locator("html[data-hydrated]")).toHaveCount(0);
  await stamp(page);

  await expect(page).toHaveURL(`${HEALTH}?q=${encodeURIComponent(connection.name)}&sort=name`, { timeout: 60_000 });
  await expect(page.getByLabel("Search connections")).toHaveValue(connection.name);
  await expect(page.getByRole("navigation", { name: "Pages" })).toContainText("1–1 of 1");
  await expectStayed(page);
});

test("the focus stays with its connection when others come before it", async ({ page, open, api, faultProxy, connection }) => {
  const other = await api.active(faultProxy.connection());
  await open(`${HEALTH}?sort=name`);
  await page.getByRole("link", { name: "Name", exact: true }).click();
  await expect(page).toHaveURL(`${HEALTH}?sort=-name`);
  const [first, second] = [connection, other].sort((one, two) => two.name.localeCompare(one.name));
  const above = async () => (await rowOf(page, first!).boundingBox())!.y < (await rowOf(page, second!).boundingBox())!.y;
  await expect.poll(above).toBe(true);

  const link = rowOf(page, first!).getByRole("link", { name: first!.name });
  await link.focus();
  await page.goBack();
  await expect.poll(above).toBe(false);
  await expect(link).toBeFocused();
});

test("without script the overview is links and forms", { tag: "@no-javascript" }, async ({ page, open, api, faultProxy, connection }) => {
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await api.sweep([connection]);
  await open(HEALTH);
  await expect(page.getByText(/^\d+ down/)).toBeVisible();
  await page.getByLabel("Search connections").fill(connection.name);
  await page.getByLabel("Status").selectOption("incident");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/status=incident/);
  await expect(page.getByRole("navigation", { name: "Pages" })).toContainText("1–1 of 1");
  await rowOf(page, connection).getByRole("button", { name: "Acknowledge" }).click();
  await expect(rowOf(page, connection).getByRole("link", { name: "Acknowledged" })).toBeVisible();
  await expect(page).toHaveURL(/status=incident/);
});

test("a row moves with each heartbeat, and acknowledging leaves everything else as it is", async ({ page, open, api, faultProxy, connection }) => {
  await open(`${HEALTH}?q=${encodeURIComponent(connection.name)}`);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await stamp(page);
  const row = rowOf(page, connection);
  const strip = row.getByRole("img", { name: "checks passed" });
  const before = await strip.getAttribute("aria-label");
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await expect(row).toContainText("Degraded");
  await expect(strip).not.toHaveAttribute("aria-label", before!);
  await expect(row.locator("time")).toHaveText(/^([5-9]|\d\d) s ago$/, { timeout: 30_000 });
  await api.sweep([connection]);

  await row.getByRole("button", { name: "Acknowledge" }).focus();
  await page.keyboard.press("Enter");
  await expect(row.getByRole("link", { name: "Acknowledged" })).toBeVisible();
  await expect(row.getByRole("link", { name: connection.name })).toBeFocused();
  await expectStayed(page);
});

test("acknowledging an incident by a key leaves the focus beside what was pressed", async ({ page, open, api, faultProxy, connection }) => {
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await api.sweep([connection]);
  await open(pathOfIncident(await api.incident(connection)));
  await page.getByRole("button", { name: "Acknowledge" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Acknowledge" })).toHaveCount(0);
  await expect(page.locator("#incident-actions")).toBeFocused();
});

test("acknowledging an incident keeps the note that is being typed", async ({ page, open, api, faultProxy, connection }) => {
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await api.sweep([connection]);
  await open(`${INCIDENTS}?status=open`);
  await rowOf(page, connection).locator(".row-link").click();
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await page.getByLabel("Note", { exact: true }).fill("Half a sen");
  await stamp(page);
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.getByRole("region", { name: "Time line" })).toContainText("Acknowledged by admin@example.org");
  await expect(page.getByRole("button", { name: "Acknowledge" })).toHaveCount(0);
  await expect(page.getByLabel("Note", { exact: true })).toHaveValue("Half a sen");
  await expectStayed(page);
});

test.describe("when the console goes away", () => {
  test.use({ settings: {} });
  test("the page says as of when it is, and is live again by itself", async ({ page, open, switchboard, api, faultProxy }) => {
    const here = await api.active(faultProxy.connection());
    await open(HEALTH);
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
    await expect(rowOf(page, here)).toBeVisible();
    await switchboard.stop();
    await expect(page.getByText(/^Connection lost, as of \d\d:\d\d:\d\d$/)).toBeVisible();
    await expect(page.locator("html[data-stale]")).toBeAttached();
    await switchboard.start();
    await expect(page.getByText("Live", { exact: true })).toBeVisible({ timeout: 30_000 });
    await expect(page.locator("html[data-stale]")).toHaveCount(0);
  });
});

test("a connection's health is drawn and told", { tag: "@no-javascript" }, async ({ page, open, api, faultProxy, connection }) => {
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await open(`${HEALTH}/${connection.id}`);
  await expect(page.getByRole("img", { name: "checks passed" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Uptime" })).toContainText("90 days");
  await expect(page.getByRole("region", { name: "Recent heartbeats" })).toContainText("Failed");
  await expect(page.getByRole("region", { name: "Thresholds" })).toContainText("2 failures in a row");
});

test("maintenance is declared, a mistake in it is told, and it ends", { tag: "@no-javascript" }, async ({ page, open, connection }) => {
  await open(`${HEALTH}/${connection.id}`);
  const maintenance = page.getByRole("region", { name: "Maintenance" });
  await maintenance.locator("summary").filter({ hasText: "Declare" }).click();
  await fill(page, { Begins: "2026-01-01T10:00" });
  await page.getByRole("button", { name: "Declare maintenance" }).click();
  await expect(maintenance).toContainText("It would be over already.");

  await fill(page, { Reason: "Moving the proxy", Begins: "", Lasts: "30" });
  await page.getByRole("button", { name: "Declare maintenance" }).click();
  await expect(maintenance.getByRole("listitem")).toContainText(/Moving the proxy\s*Going on until .+, by admin@example\.org/);

  await maintenance.getByRole("button", { name: "End now" }).click();
  await expect(maintenance).toContainText("None planned.");
});

test("thresholds are set in the form", { tag: "@no-javascript" }, async ({ page, open, api, faultProxy }) => {
  const connection = await api.create(faultProxy.connection());
  await open(`${pathOf(connection)}/edit`);
  await fill(page, { "Incident after": "3", "Among the last": "2", "Slow above": "250", "Urgency of an incident": "p1" });
  await save(page);
  await expect(page.getByText("0, or from the number of failures to 32.")).toBeVisible();

  await fill(page, { "Among the last": "5" });
  await save(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(connection.name);
  const { heartbeat } = await api.get(connection.id);
  expect(heartbeat).toMatchObject({ alert: { failures: 3, of_last: 5, recovery_passes: 1, slow_ms: 250, severity: "p1" } });
});

test.describe("who may only look", () => {
  test.use({ role: "viewer" });
  test("sees an incident, and nothing to press", async ({ page, open, api, faultProxy, connection }) => {
    faultProxy.isWell = false;
    await api.sweep([connection]);
    await api.sweep([connection]);
    await open(`${HEALTH}?q=${encodeURIComponent(connection.name)}`);
    await rowOf(page, connection).getByRole("link", { name: "Open incident" }).click();
    await expect(page.getByRole("region", { name: "Time line" })).toBeVisible();
    await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  });
});
