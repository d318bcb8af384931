import { expectAccessible } from "../support/accessible";
import { pathOf } from "../support/api";
import { FaultProxy } from "../support/fault-proxy";
import { expect, test } from "../support/test";

test.use({ settings: {} });

const everywhere = { tag: ["@no-javascript", "@phone"] };

const wrong = "name: Mend it\nsteps:\n  - title: Look\n    do: jump\n";
const good = `name: Mend it
description: What to do about it.
steps:
  - title: Ask nobody
    do: { http: { url: "http://127.0.0.1:9/healthz" } }
  - title: Look
    text: |
      Look **first**, as [the handbook](https://example.org/handbook) says, never [so](javascript:alert(1)).

      \`\`\`
      uptime
      \`\`\`
    do: manual
`;

test("a runbook is written, mended, carried out and signed off", everywhere, async ({ page, open, javaScriptEnabled }) => {
  await open("/operations/runbooks");
  await expect(page.getByRole("link", { name: "Database connections are exhausted" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("link", { name: "New runbook" }).click();
  await page.getByRole("textbox", { name: "Document" }).fill(wrong);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("There is no verb “jump”")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("textbox", { name: "Document" }).fill(good);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Mend it" })).toBeVisible();
  await expect(page.locator("strong", { hasText: "first" })).toBeVisible();
  await expect(page.getByRole("link", { name: "the handbook" })).toHaveAttribute("href", "https://example.org/handbook");
  await expect(page.getByRole("link", { name: "so", exact: true })).toHaveCount(0);
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("link", { name: "History" }).click();
  await expect(page.getByRole("heading", { name: "Version 1" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.goBack();

  await page.getByRole("button", { name: "Begin" }).click();
  await expect(async () => {
    if (!javaScriptEnabled) await page.reload();
    await expect(page.getByText("refused the connection")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 10_000 });
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByText("Skip it, or say that it failed").click();
  await page.getByLabel("Note").last().fill("Nobody is meant to answer there.");
  await page.getByRole("button", { name: "Note it" }).click();
  await expect(page.getByText("Nobody is meant to answer there.")).toBeVisible();
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await expect(page.getByText("2 of 2 steps")).toBeVisible();
  await page.getByRole("button", { name: "Sign off" }).click();
  await expect(page.getByRole("link", { name: "Download the pack" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
});

test("an incident about no connection has a runbook carried out, whatever that asks for", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  const yaml = "name: Calm everybody\nsteps:\n  - { title: Test it, do: verify }\n  - { title: Say so, do: manual }\n";
  await api.http.post("/api/runbooks", { data: { yaml } });
  const { id } = await (await api.http.post("/api/incidents", { data: { summary: "Customers call", severity: "p2" } })).json();
  await open(`/operations/incidents/${id}`);
  const offers = page.getByRole("region", { name: "Runbooks" });
  await expect(offers.getByRole("listitem").filter({ hasText: "Fast roll back" }).getByRole("button", { name: "Begin" })).toBeVisible();
  await offers.getByRole("link", { name: "All" }).click();
  await expect(page.getByRole("link", { name: "Customers call" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("link", { name: "Calm everybody" }).click();
  await expect(page.getByText("Without one, you answer for those that the console would do on it.")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(async () => {
    if (!javaScriptEnabled) await page.reload();
    await expect(page.getByText("No connection was named that this could look at")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 10_000 });
  await page.getByRole("button", { name: "Done", exact: true }).click();
  const failed = page.getByRole("listitem").filter({ hasText: "Test it" });
  await failed.getByText("Skip it, or say that it failed").click();
  // What was pasted is not cut short unseen.
  await page.getByLabel("Note").last().fill("It is about no service of ours. ".repeat(100));
  await page.getByRole("button", { name: "Note it" }).click();
  await expect(page.getByText("At most 2000 characters.").last()).toBeVisible();
  await page.getByLabel("Note").last().fill("It is about no service of ours.");
  await page.getByRole("button", { name: "Note it" }).click();
  await expect(page.getByText("2 of 2 steps")).toBeVisible();
  await page.getByRole("link", { name: "Back to the incident" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Customers call" })).toBeVisible();
  await expect(offers.getByRole("link", { name: "Calm everybody" })).toBeVisible();
});

test("on a phone, what to do about an incident stands before what is known of it", { tag: "@phone" }, async ({ page, open, api, isMobile }) => {
  const { id } = await (await api.http.post("/api/incidents", { data: { summary: "Mails are late", severity: "p3" } })).json();
  await open(`/operations/incidents/${id}`);
  const top = async (name: string) => (await page.getByRole("region", { name, exact: true }).boundingBox())!.y;
  const [runbooks, radius] = [await top("Runbooks"), await top("Blast radius")];
  if (isMobile) expect(runbooks).toBeLessThan(radius);
  else expect(runbooks).toBe(radius);
});

test("two people carry out one runbook and see each other's steps within two seconds", async ({ page, open, browser, switchboard, api }) => {
  const yaml = "name: Two of us\nsteps:\n  - { title: One looks, do: manual }\n  - { title: The other agrees, do: approve }\n";
  const { id } = await (await api.http.post("/api/runbooks", { data: { yaml } })).json();
  await open(`/operations/runbooks/${id}`);
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.getByText("0 of 2 steps")).toBeVisible();
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  const theirs = await browser.newContext({ baseURL: switchboard.baseURL, storageState: await switchboard.session("operator") });
  const other = await theirs.newPage();
  await other.goto(page.url());
  await other.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await expect(other.getByText("1 of 2 steps")).toBeVisible({ timeout: 2_000 });
  await other.getByRole("button", { name: "Approve", exact: true }).click();
  await expect(page.getByText("2 of 2 steps")).toBeVisible({ timeout: 2_000 });
  await other.getByRole("button", { name: "Sign off" }).click();
  await expect(page.getByText("Signed off by")).toBeVisible({ timeout: 2_000 });
  await theirs.close();
});

test("runbooks stand beside a connection while it fails, and not while it is well", everywhere, async ({ page, open, api }) => {
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection());
  await open(pathOf(connection));
  await expect(page.getByRole("heading", { level: 1, name: connection.name })).toBeVisible();
  const runbooks = page.getByRole("region", { name: "Runbooks" });
  await expect(runbooks).toHaveCount(0);
  faultProxy.isWell = false;
  // One that the schedule has under way is left out.
  for (let failed = 0; failed < 2; ) failed += (await api.sweep([connection])).failed;
  await open(pathOf(connection));
  await expect(runbooks.getByRole("link", { name: "The application does not answer" })).toBeVisible();
  faultProxy.close();
});

test("the way back lies over nothing, however long a runbook is called", everywhere, async ({ page, open, api }) => {
  const yaml = `name: ${"Mend the database and whatever else hangs on it, ".repeat(2)}\nsteps:\n  - { title: Look, do: manual }\n`;
  const { id } = await (await api.http.post("/api/runbooks", { data: { yaml } })).json();
  const execution = await (await api.http.post("/api/executions", { data: { runbook_id: id } })).json();
  await open(`/operations/runbooks/executions/${execution.id}`);
  const back = page.getByRole("navigation", { name: "Where you are" });
  const [way, beside] = [await back.getByRole("link").last().boundingBox(), await page.locator(".header-end").boundingBox()];
  expect(way!.x + way!.width).toBeLessThanOrEqual(beside!.x);
  expect(way!.width).toBeGreaterThan(40);
  await back.getByRole("link").last().click();
  await expect(page.getByRole("heading", { level: 1, name: /^Mend the database/ })).toBeVisible();
});
