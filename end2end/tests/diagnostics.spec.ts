import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { type Api, pathOf, pathOfRun, RUNS } from "../support/api";
import { postgres, tcp, unique } from "../support/connections";
import { expectTidy } from "../support/layout";
import { startSlow } from "../support/slow";
import { expect, test } from "../support/test";

const everywhere = { tag: ["@no-javascript", "@phone"] };
const withoutScript = { tag: "@no-javascript" };

const verdict = (page: Page) => page.getByRole("region", { name: "Verdict" });
const badge = (page: Page) => page.locator("#run-head .badge");
/** What is shown of a run, line by line: connections, their scenarios, and what those kept. */
const lines = (page: Page) => page.getByRole("region", { name: "Results" }).getByRole("listitem");
const line = (page: Page, text: string) => lines(page).filter({ hasText: text });
const unfolds = (page: Page, name: string | RegExp) => lines(page).getByRole("link", { name });
const comparison = (page: Page) => page.getByRole("region", { name: /^Since / });

/** Says afterwards whether the page is still the one that it was. */
async function mark(page: Page, javaScriptEnabled: boolean): Promise<() => Promise<void>> {
  if (!javaScriptEnabled) return async () => {};
  await page.evaluate(() => Object.assign(window, { same: true }));
  return async () => expect(await page.evaluate(() => (window as { same?: boolean }).same), "answered in place").toBe(true);
}

/** Without script the page loads itself again every few seconds; either way the end comes by itself. */
async function expectEnd(page: Page, word: "Pass" | "Block"): Promise<void> {
  await expect(verdict(page)).toContainText(word, { timeout: 30_000 });
}

const wrongPassword = (api: Api, services: Parameters<typeof postgres>[0]) =>
  api.create({ ...postgres(services, unique("Reports database")), credential: { password: "not the password" } });

test("from a connection to a failure, what to do about it, and its evidence", everywhere, async ({ page, open, awake, api, services, javaScriptEnabled }) => {
  const connection = await wrongPassword(api, services);
  await open(pathOf(connection));
  await expect(page.getByRole("region", { name: "Diagnostics" })).toContainText("Never diagnosed.");
  await page.getByRole("button", { name: "Run diagnostics" }).click();
  await expect(page).toHaveURL(new RegExp(`${RUNS}/[0-9a-f-]{36}`));
  await expectEnd(page, "Block");
  await expect(badge(page)).toHaveText("Blocked");
  await expect(verdict(page)).toContainText("1 blocking scenario failed on 1 connection. A release must wait.");

  await expect(line(page, "Signs in")).toContainText("Failed");
  await expect(line(page, "Signs in")).toContainText("Check the user and the password, and enter them again.");
  await expect(line(page, connection.name).getByText("Correlation ID")).toBeVisible();
  // In the order they were tried: as they came, so nothing moves when the run ends.
  await expect(lines(page).nth(1)).toContainText("Host name resolves");

  const run = page.url();
  await awake();
  const expectSame = await mark(page, javaScriptEnabled);
  const kept = lines(page).filter({ hasNotText: "Runbook" }).getByRole("link", { expanded: false }).first();
  const name = (await kept.innerText()).split(",")[0]!.trim();
  await kept.click();
  await expect(page).toHaveURL(/[?&]evidence=/);
  const artefact = page.locator(".of-evidence").filter({ hasText: name });
  const inPlace = (await artefact.locator("pre").innerText()).trim();
  expect(inPlace).not.toBe("");
  await expectSame();

  await artefact.getByRole("link", { name }).click();
  await awake();
  const shown = (await page.getByRole("region", { name: "Artefact", exact: true }).innerText()).trim();
  expect(shown).toBe(inPlace);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  const saved = readFileSync(await (await coming).path(), "utf8");
  expect(saved.replaceAll(/\s+/g, " ").trim()).toBe(shown.replaceAll(/\s+/g, " "));

  await page.goto(run);
  await awake();
  const pack = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download pack" }).click();
  expect((await pack).suggestedFilename()).toMatch(/^evidence-[0-9a-f-]{36}\.zip$/);
  expect(readFileSync(await (await pack).path()).subarray(0, 2).toString()).toBe("PK");
  await expect(page.getByText("switchboard evidence verify")).toBeVisible();

  await open(pathOf(connection));
  await expect(page.getByRole("region", { name: "Diagnostics" })).toContainText("Blocked");
  await page.getByRole("link", { name: "All runs (1)" }).click();
  await expect(page.getByRole("row").filter({ hasText: connection.name })).toContainText("Blocked");
});

test("run again after it is mended: what passes again is told, and what passed last", withoutScript, async ({ page, open, api, services }) => {
  const connection = await api.create(postgres(services));
  // A median wants three passes.
  for (let pass = 1; pass <= 3; pass += 1) await api.diagnose([connection]);
  const broken = await api.edit(connection, { credential: { password: "not the password" } });
  const blocked = await api.diagnose([broken]);
  expect(blocked.verdict).toBe("block");
  await open(pathOfRun(blocked));
  await expect(comparison(page)).toContainText("Since the last run");
  await expect(comparison(page)).toContainText("Fails now: 1");
  await expect(comparison(page)).toContainText(/Signs in\s*last passed/);

  await api.edit(broken, { credential: postgres(services).credential! });
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page).not.toHaveURL(new RegExp(blocked.id));
  await expect(badge(page)).toHaveText("Passed", { timeout: 30_000 });
  await expectEnd(page, "Pass");
  await expect(comparison(page)).toContainText("Passes again: ");
  await expect(line(page, "Signs in")).toContainText(/median [\d.]+\sms/);
});

test("scenarios come in as they end, and a run can be cancelled", withoutScript, async ({ page, open, api, javaScriptEnabled }) => {
  const slow = await startSlow();
  const connection = await api.create({ name: unique("Slow API"), kind: "http", environment: "development", settings: { url: slow.url }, heartbeat: { timeout_seconds: 60 } });
  await open(pathOf(connection));
  await page.getByRole("button", { name: "Run diagnostics" }).click();
  await expect(line(page, "Accepts a connection")).toContainText("Passed");
  await expect(page.getByRole("region", { name: "Progress" })).toContainText(/of \d+ scenarios of 1 connection/);
  await expect(badge(page)).toHaveText(/Queued|Running/);
  if (!javaScriptEnabled) await expect(page.getByRole("link", { name: "Load it now" })).toBeVisible();

  await page.locator("summary").filter({ hasText: "Cancel" }).click();
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await expectEnd(page, "Block");
  await expect(badge(page)).toHaveText("Interrupted");
  await expect(verdict(page)).toContainText(/Cancelled by admin@example\.org\. \d+ of \d+ scenarios had ended\./);
  if (javaScriptEnabled) await expect(verdict(page)).toBeFocused();
  slow.stop();
});

test("a run that ends while someone looks shows its verdict without a reload, and so does the list", async ({ page, open, api, context }) => {
  const slow = await startSlow();
  const connection = await api.create({ name: unique("Slow API"), kind: "http", environment: "development", settings: { url: slow.url }, heartbeat: { timeout_seconds: 60 } });
  await open(pathOf(connection));
  await page.getByRole("button", { name: "Run diagnostics" }).click();
  await expect(line(page, "Accepts a connection")).toContainText("Passed");
  const expectSame = await mark(page, true);
  const list = await context.newPage();
  await list.goto(`${RUNS}?connection=${connection.id}`);
  const row = list.getByRole("row").filter({ hasText: connection.name });
  await expect(row).toContainText("Running");
  slow.answer();
  await expect(row).toContainText(/Passed|Blocked/);
  await expect(verdict(page)).toBeVisible();
  await expect(page.getByRole("region", { name: "Progress" })).toBeHidden();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: /^(Passed|Blocked): / })).toBeAttached();
  await expect(page.getByRole("region", { name: "Evidence" })).toContainText("Download pack");
  await expectSame();
  slow.stop();
});

test("results are unfolded, filtered and compared in place; the address follows, and Back leads back", everywhere, async ({ page, open, api, services, javaScriptEnabled }) => {
  const [database, port] = [await api.create(postgres(services)), await api.create(tcp(services))];
  const before = await api.diagnose([database, port]);
  const broken = await api.edit(database, { credential: { password: "not the password" } });
  await api.diagnose([broken]);
  const run = await api.diagnose([broken, port]);
  await open(pathOfRun(run));
  const expectSame = await mark(page, javaScriptEnabled);

  // What failed is there; where all is well a connection is one line.
  await expect(lines(page).nth(0)).toContainText(database.name);
  await expect(lines(page).nth(1)).toContainText("Signs in");
  await expect(lines(page).last()).toContainText(port.name);
  await expect(line(page, "Accepts a connection")).toHaveCount(0);
  await unfolds(page, port.name).click();
  await expect(page).toHaveURL(new RegExp(`open=${port.id}`));
  await expect(unfolds(page, port.name)).toHaveAttribute("aria-expanded", "true");
  await expect(line(page, port.name).getByText("Correlation ID")).toBeVisible();
  await expect(line(page, "Accepts a connection")).toContainText("Passed");
  if (javaScriptEnabled) await expect(unfolds(page, port.name)).toBeFocused();
  await page.goBack();
  await expect(page).toHaveURL(pathOfRun(run));
  await expect(lines(page).last()).toContainText(port.name);

  const filter = page.getByRole("search", { name: "Results" });
  /** Who has script needs no button. */
  const send = async () => (javaScriptEnabled ? undefined : filter.getByRole("button", { name: "Filter" }).click());
  await filter.getByLabel("Outcome").selectOption("passed");
  await send();
  await expect(page).toHaveURL(/outcome=passed/);
  await expect(line(page, "Signs in")).toHaveCount(0);
  await expect(line(page, "Accepts a connection")).toHaveCount(2);
  await filter.getByLabel("Search results").fill("no such thing");
  await send();
  await expect(page.getByText("Nothing that was tried fits this filter.")).toBeVisible();
  await expect(lines(page)).toHaveCount(0);
  await expectSame();
  await page.reload();
  await expect(filter.getByLabel("Search results")).toHaveValue("no such thing");
  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(page).toHaveURL(pathOfRun(run));
  await expect(filter.getByLabel("Search results")).toHaveValue("");
  await expect(line(page, "Signs in")).toBeVisible();

  // The time before it failed already; in that earlier run it did not.
  await expect(comparison(page)).toContainText("1 scenario does not pass, as before");
  await filter.getByLabel("Compare with").selectOption(before.id);
  await send();
  await expect(page).toHaveURL(new RegExp(`against=${before.id}`));
  await expect(comparison(page)).toContainText(/^Since the run /);
  await expect(comparison(page)).toContainText("Fails now: 1");
  await expect(line(page, "Signs in")).toContainText(/then [\d.]+\sms/);
  await page.goBack();
  await expect(comparison(page)).toContainText("1 scenario does not pass, as before");
  // Without script, browsers put back what was chosen when the page was left.
  if (javaScriptEnabled) await expect(filter.getByLabel("Compare with")).toHaveValue("");
});

test("the focus stays on what was pressed when lines above it fold away", async ({ page, open, api, services }) => {
  const [one, other] = [await api.create(tcp(services)), await api.create(tcp(services))];
  await open(pathOfRun(await api.diagnose([one, other])));
  const names = [one, other].map(({ name }) => name);
  const order = (await lines(page).first().innerText()).includes(names[0]!) ? names : names.toReversed();
  await unfolds(page, order[0]!).click();
  await expect(line(page, "Accepts a connection")).toHaveCount(1);
  await unfolds(page, order[1]!).focus();
  await page.keyboard.press("Enter");
  await expect(unfolds(page, order[1]!)).toHaveAttribute("aria-expanded", "true");
  await expect(unfolds(page, order[0]!)).toHaveAttribute("aria-expanded", "false");
  await expect(unfolds(page, order[1]!)).toBeFocused();
});

test("what a filter gives is said, and Back takes a search away", async ({ page, open, api, services }) => {
  const run = await api.diagnose([await wrongPassword(api, services)]);
  await open(pathOfRun(run));
  const search = page.getByLabel("Search results");
  await search.pressSequentially("signs", { delay: 20 });
  await expect(page.getByRole("status").filter({ hasText: /^1 result$/ })).toBeAttached();
  await page.goBack();
  await expect(page).toHaveURL(pathOfRun(run));
  await expect(search).toHaveValue("");
});

test("a run that ends while it is asked whether to cancel it takes the focus to its verdict", async ({ page, open, api }) => {
  const slow = await startSlow();
  const connection = await api.create({ name: unique("Slow API"), kind: "http", environment: "development", settings: { url: slow.url }, heartbeat: { timeout_seconds: 60 } });
  await open(pathOf(connection));
  await page.getByRole("button", { name: "Run diagnostics" }).click();
  await page.locator("summary").filter({ hasText: "Cancel" }).click();
  await page.getByRole("button", { name: "Cancel the run" }).focus();
  slow.answer();
  await expect(verdict(page)).toBeFocused({ timeout: 30_000 });
  slow.stop();
});

test("an ID is copied, with a clipboard and without, and the button can be pressed again", async ({ page, open, api, services, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const run = await api.diagnose([await api.create(tcp(services))]);
  await open(pathOfRun(run));
  const about = page.getByRole("region", { name: "About" });
  const id = (await about.locator("code").innerText()).trim();
  const copy = about.getByRole("button");
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await copy.click();
  await expect(copy).toHaveText("Copied");
  expect(await clipboard()).toBe(id);
  await expect(copy).not.toHaveText("Copied");

  await page.evaluate(() => navigator.clipboard.writeText("another"));
  await page.evaluate(() => Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined, configurable: true }));
  await copy.click();
  await expect(copy).toHaveText("Copied");
  await expect(copy).toBeFocused();
  await page.reload();
  expect(await clipboard()).toBe(id);
});

test("what is chosen before the page wakes counts", async ({ page, awake, api, services }) => {
  const run = await api.diagnose([await wrongPassword(api, services)]);
  const line3G = await page.context().newCDPSession(page);
  await line3G.send("Network.enable");
  await line3G.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  await page.goto(pathOfRun(run), { waitUntil: "commit" });
  await page.getByLabel("Search results").fill("signs");
  expect(await page.locator("html[data-hydrated]").count(), "typed before it woke").toBe(0);
  await awake();
  // Its runbook is the third.
  await expect(lines(page)).toHaveCount(3);
  await expect(page).toHaveURL(/q=signs/);
  await expect(page.getByLabel("Search results")).toBeFocused();
});

test.describe("with a console of its own", () => {
  test.use({ settings: {} });

  test("an environment, chosen connections, chosen scenarios; the list is narrowed by its address", withoutScript, async ({ page, open, awake, api, services }) => {
    const port = await api.create(tcp(services));
    const failing = await wrongPassword(api, services);
    await open(RUNS);
    await expect(page.getByRole("heading", { name: "No runs yet" })).toBeVisible();
    await page.getByLabel("Connections").selectOption("staging");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByText("There is no connection to diagnose.")).toBeVisible();
    await page.getByLabel("Connections").selectOption("development");
    await page.getByLabel(/^Release/).fill("2.4.0");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expectEnd(page, "Block");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("2 connections");
    await expect(page.locator("#run-head")).toContainText("2.4.0");
    await expect(lines(page).getByRole("link", { name: failing.name })).toBeVisible();
    await expect(unfolds(page, port.name)).toHaveAttribute("aria-expanded", "false");

    await open(`${RUNS}/new`);
    await page.getByRole("button", { name: "Run diagnostics" }).click();
    await expect(page.getByText("Choose at least one connection.")).toBeVisible();
    await page.getByLabel(port.name).check();
    await page.locator("summary").filter({ hasText: "Scenarios" }).click();
    await page.getByLabel("Accepts a connection").check();
    await page.getByRole("button", { name: "Run diagnostics" }).click();
    await expectEnd(page, "Pass");
    await expect(lines(page)).toHaveCount(2);

    await open(RUNS);
    await expect(page.getByRole("row")).toHaveCount(3);
    await page.getByLabel("Verdict").selectOption("failed");
    await page.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/status=failed/);
    await expect(page.getByRole("row")).toHaveCount(2);
    await page.getByRole("link", { name: "2 connections" }).click();
    await awake();
    await expect(verdict(page)).toBeVisible();
  });

  test("a failed run is told on every page until each has read it", withoutScript, async ({ page, open, awake, api, services, switchboard, browser, javaScriptEnabled }) => {
    const storageState = await switchboard.session("viewer");
    await api.diagnose([await wrongPassword(api, services)]);
    await open("/");
    await expect(page.getByRole("region", { name: "Unread" })).toContainText("Critical");
    await page.getByRole("link", { name: "Notifications, 1 unread" }).click();
    await awake();
    await page.getByRole("button", { name: "Mark as read" }).click();
    await expect(page.getByRole("link", { name: "Notifications", exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Mark as read" })).toHaveCount(0);
    await page.getByRole("link", { name: "Diagnostics failed: 1 blocking scenario" }).click();
    await expect(verdict(page)).toBeVisible();

    const context = await browser.newContext({ baseURL: switchboard.baseURL, storageState, javaScriptEnabled });
    const other = await context.newPage();
    await other.goto("/");
    await other.getByRole("link", { name: "Notifications, 1 unread" }).click();
    await other.getByRole("button", { name: "Mark all as read" }).click();
    await expect(other.getByRole("link", { name: "Notifications", exact: true })).toBeVisible();
    await context.close();
  });
});

test("many connections to choose from lie under each other", { tag: "@phone" }, async ({ page, open, api, services }) => {
  const long = "of which the name takes more than one line on a phone";
  for (let number = 0; number < 16; number++) await api.create(tcp(services, unique(`Ledger ${number} ${long}`)));
  await open(`${RUNS}/new`);
  for (const width of test.info().project.name === "phone" ? [320, 412] : [683, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await expectTidy(page, `choosing at ${width}`);
  }
});

test("what was chosen stays chosen through a search for more", async ({ page, open, api, services }) => {
  const [first, second] = [unique("Chosen first"), unique("Chosen second")];
  for (const name of [first, second]) await api.create(tcp(services, name));
  await open(`${RUNS}/new`);
  await page.getByLabel(first).check();
  await page.getByRole("textbox", { name: /^Release/ }).fill("2026.11");
  await page.getByRole("searchbox", { name: "Search connections to choose from" }).fill(second);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=Chosen/);
  await expect(page.getByLabel(first)).toBeChecked();
  await expect(page.getByRole("textbox", { name: /^Release/ })).toHaveValue("2026.11");
  await page.getByLabel(second).check();
  await page.getByRole("button", { name: "Run diagnostics" }).click();
  await expectEnd(page, "Pass");
  for (const name of [first, second]) await expect(line(page, name).first()).toBeVisible();
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });

  test("sees runs and their evidence, and may begin none", withoutScript, async ({ page, open, api, services }) => {
    const run = await api.diagnose([await wrongPassword(api, services)]);
    await open(pathOfRun(run));
    await expect(verdict(page)).toContainText("Block");
    await expect(page.getByRole("link", { name: "Download pack" })).toBeVisible();
    await expect(page.getByRole("button", { name: /Run|Cancel/ })).toHaveCount(0);
    await open(RUNS);
    await expect(page.getByRole("button", { name: /^Run/ })).toHaveCount(0);
    expect((await open(`${RUNS}/new`)).status()).toBe(403);
  });
});
