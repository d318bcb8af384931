import { expectAccessible } from "../support/accessible";
import { HEALTH, INCIDENTS, LIST, pathOfIncident } from "../support/api";
import { unique } from "../support/connections";
import { FaultProxy } from "../support/fault-proxy";
import { fill } from "../support/form";
import { expect, test } from "../support/test";

test.use({ settings: {} });

const everywhere = { tag: ["@no-javascript", "@phone"] };

test("what opened together is taken on by one press", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  const faultProxy = await FaultProxy.open();
  const connections = [await api.active(faultProxy.connection()), await api.active(faultProxy.connection()), await api.active(faultProxy.connection())];
  faultProxy.isWell = false;
  for (let n = 0; n < 2; n++) await api.sweep(connections);
  await open(INCIDENTS);
  await expect(page.getByText("3 down, one cause:")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("button", { name: "Acknowledge all 3" }).click();
  await expect(page.getByText("All are acknowledged.")).toBeVisible();
  for (const connection of connections) expect(await api.incident(connection)).toMatchObject({ status: "acknowledged" });
  faultProxy.close();
});

test("a silence is made, seen on what it touches, and ended", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection());
  await open(INCIDENTS);
  const silences = page.getByRole("region", { name: "Silences" });
  await expect(silences).toContainText("None.");
  await silences.locator("summary").filter({ hasText: "Silence" }).click();
  await fill(page, { Reason: "The provider is moving" });
  await silences.getByRole("button", { name: "Silence", exact: true }).click();
  await expect(page.getByText("Name a connection, a tag or an environment.")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await fill(page, { Connection: connection.name });
  await silences.getByRole("button", { name: "Silence", exact: true }).click();
  await expect(silences.getByRole("listitem")).toContainText(connection.name);

  faultProxy.isWell = false;
  for (let n = 0; n < 2; n++) await api.sweep([connection]);
  const incident = await api.incident(connection);
  expect(incident).toMatchObject({ status: "open", held_back: "silence" });
  await open(pathOfIncident(incident));
  await expect(page.getByText("Nobody is told while it is silenced.").first()).toBeVisible();
  await expect(page.getByText("Silenced until")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await open(`${HEALTH}/${connection.id}`);
  await expect(page.getByText("The provider is moving.")).toBeVisible();

  await open(INCIDENTS);
  await silences.getByRole("button", { name: "End now" }).click();
  await expect(silences).toContainText("None.");
  await expect.poll(async () => (await api.incident(connection)) as unknown, { timeout: 15_000 }).toMatchObject({ held_back: null });
  faultProxy.close();
});

test("a window comes again, and is taken back", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection());
  await open(`${HEALTH}/${connection.id}`);
  const maintenance = page.getByRole("region", { name: "Maintenance" });
  const declare = maintenance.locator("summary").filter({ hasText: "Declare" });
  await declare.click();
  await fill(page, { Reason: "Updates", Begins: "2031-03-01T22:00", Rule: "every day" });
  await maintenance.getByRole("button", { name: "Declare maintenance" }).click();
  await expect(page.getByText("Choose how it comes again, or leave out the days and the rule.")).toBeVisible();
  await fill(page, { "Comes again": "rule" });
  await maintenance.getByRole("button", { name: "Declare maintenance" }).click();
  await expect(page.getByText("Is no recurrence rule")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await fill(page, { "Comes again": "weekly", Sunday: true, Wednesday: true });
  await maintenance.getByRole("button", { name: "Declare maintenance" }).click();
  const window = maintenance.getByRole("listitem");
  await expect(window).toContainText("Comes again: every Wednesday, Sunday");
  // The 1st of March 2031 is a Saturday.
  await expect(window).toContainText("From 2031-03-02 22:00");
  if (javaScriptEnabled) await expectAccessible(page);
  await window.getByRole("button", { name: "Take back" }).click();
  await expect(maintenance).toContainText("None planned.");
  faultProxy.close();
});

test("what a connection depends on is chosen where it is edited", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  const faultProxy = await FaultProxy.open();
  const database = await api.create({ ...faultProxy.connection(), name: unique("Database") });
  const orders = await api.create({ ...faultProxy.connection(), name: unique("Orders") });
  await open(`${LIST}/${orders.id}/edit`);
  const dependencies = page.getByRole("region", { name: "Depends on" });
  await dependencies.getByLabel("Connections without which it cannot be well").selectOption([database.name]);
  if (javaScriptEnabled) await expectAccessible(page);
  if (javaScriptEnabled) await page.getByLabel("Owner").fill("half typed");
  await dependencies.getByRole("button", { name: "Save dependencies" }).click();
  await expect(dependencies.getByLabel("Connections without which it cannot be well")).toHaveValues([database.id]);
  if (javaScriptEnabled) await expect(page.getByLabel("Owner")).toHaveValue("half typed");
  await open(`${LIST}/${orders.id}`);
  await expect(page.getByRole("link", { name: database.name })).toBeVisible();
  await open(`${LIST}/${database.id}/edit`);
  await dependencies.getByLabel("Connections without which it cannot be well").selectOption([orders.name]);
  await dependencies.getByRole("button", { name: "Save dependencies" }).click();
  await expect(page.getByText("It would depend on itself, by whatever way round.")).toBeVisible();
  faultProxy.close();
});
