import { expectAccessible } from "../support/accessible";
import { FaultProxy } from "../support/fault-proxy";
import { fill } from "../support/form";
import { Receiver } from "../support/receiver";
import { expect, test } from "../support/test";

test.use({ settings: {} });

const everywhere = { tag: ["@no-javascript", "@phone"] };
const secret = `whsec_${Buffer.from("a secret of a test, of 32 bytes.").toString("base64")}`;

test("a schedule with an override says who is on call, and has a calendar", everywhere, async ({ page, open, request, javaScriptEnabled }) => {
  await open("/settings/on-call");
  await expect(page.getByText("Nobody is on call")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  for (const [name, address] of [["Ada", "ada@example.org"], ["Bea", ""]] as const) {
    await page.getByRole("link", { name: "New contact" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "New contact" })).toBeVisible();
    await fill(page, { Name: name, "E-mail address": address });
    await page.getByRole("button", { name: "Save contact" }).click();
    await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
  }
  await page.getByRole("link", { name: "New schedule" }).click();
  await fill(page, { Name: "Nights", People: "Ada\nEve", "Time zone": "Europe/Berlin" });
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByText("Nobody is called “Eve”")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await fill(page, { People: "Ada" });
  await page.getByRole("button", { name: "Save schedule" }).click();
  const now = page.getByRole("region", { name: "Now" });
  await expect(now).toContainText("Ada");

  await page.getByRole("link", { name: "Nights", exact: true }).click();
  await fill(page, { Who: "Bea", From: "2020-01-01T00:00", Until: "2099-01-01T00:00" });
  await page.getByRole("button", { name: "Add override" }).click();
  const overrides = page.getByRole("region", { name: "Somebody takes over" });
  await expect(overrides.getByRole("row").filter({ hasText: "2020-01-01 00:00" })).toContainText("Bea");
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("button", { name: "Make an address" }).click();
  const address = await page.getByRole("region", { name: "The calendar of “Nights”" }).locator("code").innerText();
  const calendar = await request.get(new URL(new URL(address).pathname, page.url()).href);
  expect(await calendar.text()).toContain("Bea is on call: Nights");
  await open("/settings/on-call");
  await expect(now).toContainText("Bea");
  if (javaScriptEnabled) await expectAccessible(page);

  await page.getByRole("link", { name: "New policy" }).click();
  await fill(page, { Name: "By night", "After so many minutes": "0" });
  await page.getByLabel("On call: Nights").first().check();
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(page.getByRole("row").filter({ hasText: "By night" })).toContainText("at once");
  await page.getByRole("link", { name: "By night" }).click();
  await expect(page.getByLabel("On call: Nights").first()).toBeChecked();
  if (javaScriptEnabled) await expectAccessible(page);
});

test("what is wrong with a turn or a level is told beside its field, and nothing that was typed is lost", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  const ada = await api.http.post("/api/contacts", { data: { name: "Ada", email: "ada@example.org" } });
  expect(ada.status(), await ada.text()).toBe(201);
  await open("/settings/on-call/schedule");
  const long = "N".repeat(10_000);
  await fill(page, { Name: long, People: `Ada\n${"E".repeat(10_000)}`, "Time zone": "Mars/Olympus" });
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByText(/^Nobody is called “E{100}…”; add them as a contact first\.$/)).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue(long);
  await fill(page, { People: "Ada" });
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByText("A zone of the IANA list, such as Europe/Berlin.")).toBeVisible();
  await expect(page.getByLabel("People")).toHaveValue("Ada");
  await fill(page, { "Time zone": "Europe/Berlin" });
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByText("At most 100 characters on one line.")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await fill(page, { Name: "Nights", "First day": "" });
  await page.getByRole("button", { name: "Save schedule" }).click();
  await expect(page.getByText("A day, such as 2026-01-05.")).toBeVisible();
  await fill(page, { "First day": "2026-01-05" });
  await page.getByRole("button", { name: "Save schedule" }).click();
  await page.getByRole("link", { name: "Nights", exact: true }).click();
  await fill(page, { Who: "Ada", From: "2020-01-01T00:00", Until: "2020-01-02T00:00" });
  await page.getByRole("button", { name: "Add override" }).click();
  await expect(page.getByText("Must lie in the future.")).toBeVisible();

  await open("/settings/on-call/escalation");
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(page.getByText("A policy has at least one level: say after how many minutes; 0 is at once.")).toBeVisible();
  const [first, second, third] = ["Level 1", "Level 2", "Level 3"].map((name) => page.getByRole("group", { name, exact: true }));
  await fill(page, { Name: "By night" });
  await first!.getByLabel("Name").fill("Platform");
  await second!.getByLabel("After so many minutes").fill("30");
  await third!.getByLabel("After so many minutes").fill("15");
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(first!.getByText("Say after how many minutes; 0 is at once.")).toBeVisible();
  await expect(first!.getByLabel("Name")).toHaveValue("Platform");
  await first!.getByLabel("Name").fill("");
  await page.getByRole("button", { name: "Save policy" }).click();
  await expect(third!.getByText("From 30 to 10080: not before the level above, and within a week.")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
});

test("what somebody else has changed meanwhile is not written over", everywhere, async ({ page, open, api }) => {
  const { id } = await (await api.http.post("/api/contacts", { data: { name: "Ada", email: "ada@example.org" } })).json();
  await open(`/settings/on-call/contact?id=${id}`);
  expect((await api.http.patch(`/api/contacts/${id}`, { data: { email: "ada@example.com" }, headers: { "if-match": '"1"' } })).status()).toBe(200);
  await fill(page, { Name: "Ada Lovelace" });
  await page.getByRole("button", { name: "Save contact" }).click();
  await expect(page.getByText("Someone changed this in the meantime.").first()).toBeVisible();
  expect(await (await api.http.get(`/api/contacts/${id}`)).json()).toMatchObject({ name: "Ada", email: "ada@example.com" });
});

test("severities are changed, and what is wrong is told in its place", everywhere, async ({ page, open, javaScriptEnabled }) => {
  await open("/settings/severity");
  if (javaScriptEnabled) await expectAccessible(page);
  const p1 = page.getByRole("region", { name: "P1: complete outage" });
  const minutes = p1.getByLabel("Respond within, in minutes");
  await expect(minutes).toHaveValue("15");
  await minutes.fill("soon");
  await page.getByRole("button", { name: "Save severities" }).click();
  await expect(p1.getByText("A whole number, or nothing.")).toBeVisible();
  await fill(page, { "Time zone": "Mars/Olympus", Holidays: "Christmas" });
  await page.getByRole("button", { name: "Save severities" }).click();
  await expect(page.getByText("A zone of the IANA list, such as Europe/Berlin.")).toBeVisible();
  await expect(page.getByText("Days such as 2026-12-25, one a line.")).toBeVisible();
  await expect(page.getByLabel("Holidays")).toHaveValue("Christmas");
  await minutes.fill("5");
  await fill(page, { "Time zone": "Europe/Berlin", Holidays: "2026-12-25" });
  const saved = page.waitForEvent("load");
  await page.getByRole("button", { name: "Save severities" }).click();
  await saved;
  await expect(p1.getByText("A whole number, or nothing.")).toHaveCount(0);
  await open("/settings/severity");
  await expect(minutes).toHaveValue("5");
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Berlin");
});

test("whoever was told acknowledges by the link, without signing in", everywhere, async ({ page, open, api, browser, javaScriptEnabled }) => {
  const [receiver, faultProxy] = [await Receiver.start(), await FaultProxy.open()];
  const added = await api.http.post("/api/channels", { data: { name: "Operations", type: "webhook", settings: { url: receiver.url }, credential: { secret } } });
  expect(added.status(), await added.text()).toBe(201);
  const connection = await api.active(faultProxy.connection());
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await api.sweep([connection]);
  await expect.poll(() => receiver.taken.length).toBeGreaterThan(0);
  const link = new URL(JSON.parse(receiver.taken[0]!.body).data.acknowledge_url).pathname;

  const incident = await api.incident(connection);
  await open(`/operations/incidents/${incident.id}`);
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByText("Escalate", { exact: true }).click();
  await page.getByRole("button", { name: "Suspected breach" }).click();
  await expect(page.getByText("Suspected breach: told Operations.")).toBeVisible();

  const context = await browser.newContext({ javaScriptEnabled, baseURL: new URL(page.url()).origin });
  const stranger = await context.newPage();
  await stranger.goto(link);
  await expect(stranger.getByRole("heading", { name: "Acknowledge" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(stranger);
  await stranger.getByRole("button", { name: "Acknowledge" }).click();
  await expect(stranger.getByText("Taken on by Operations, by a link.")).toBeVisible();
  await context.close();
  await page.reload();
  await expect(page.getByText("Operations, by a link").first()).toBeVisible();
  receiver.stop();
  faultProxy.close();
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });

  test("sees who is on call and what severities mean, and nothing to press", async ({ page, open }) => {
    for (const path of ["/settings/on-call", "/settings/severity"]) {
      await open(path);
      await expect(page.locator("main").getByRole("button")).toHaveCount(0);
    }
    await expect(page.getByRole("row").filter({ hasText: "P1: complete outage" })).toContainText("15 min");
    await open("/settings/on-call/contact");
    await expect(page.getByRole("heading", { level: 1, name: /not allowed|role/i })).toBeVisible();
  });
});
