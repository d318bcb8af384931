import { expectAccessible } from "../support/accessible";
import { INCIDENTS } from "../support/api";
import { fill } from "../support/form";
import { expect, test } from "../support/test";

test.use({ settings: {} });

const WITHIN_TWO_SECONDS = { timeout: 2_000 };

const everywhere = { tag: ["@no-javascript", "@phone"] };

test("an incident is declared, taken through its life and learned from", everywhere, async ({ page, open, javaScriptEnabled }) => {
  await open(INCIDENTS);
  await page.getByRole("link", { name: "Declare an incident" }).click();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("button", { name: "Declare it" }).click();
  await expect(page.getByText("Must not be empty.")).toBeVisible();
  await fill(page, { "What is wrong": "Checkout <b>is</b> down", Urgency: "p2", Note: "Customers call." });
  await page.getByRole("button", { name: "Declare it" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Checkout <b>is</b> down" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  const line = page.getByRole("region", { name: "Time line" });
  const stages = page.getByRole("region", { name: "How far it has come" });
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await expect(line).toContainText("Acknowledged by admin@example.org");
  await page.getByRole("button", { name: "Mark as assessed" }).click();
  await expect(line).toContainText("Assessed by admin@example.org");
  await page.getByRole("button", { name: "Mark as mitigated" }).click();
  await expect(line).toContainText("Mitigated by admin@example.org");
  await expect(stages).toContainText("Make sure that it stays so");

  await page.getByText("Urgency and owner").click();
  await fill(page, { Urgency: "p1" });
  await page.getByRole("button", { name: "Change urgency" }).click();
  await expect(page.getByText("Must not be empty.")).toBeVisible();
  await fill(page, { Reason: "Nobody can pay." });
  await page.getByRole("button", { name: "Change urgency" }).click();
  await expect(line).toContainText("P2 is now P1: Nobody can pay.");

  await page.locator("summary").filter({ hasText: "Resolve" }).click();
  await page.getByRole("button", { name: "Resolve the incident" }).click();
  await expect(line).toContainText("Resolved by admin@example.org");
  await page.getByRole("link", { name: "Write the post-mortem" }).click();
  await expect(page.getByText("Draft of the console")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await expect(page.getByLabel("Detection")).toHaveValue(/^Declared by admin@example\.org/);
  await fill(page, { "Root cause": "The pool was too small." });
  await page.getByLabel("It is complete").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Complete", { exact: true })).toBeVisible();
  await expect(page.getByLabel("Root cause")).toHaveValue("The pool was too small.");

  await fill(page, { "What is to be done": "Alert on the pool", "Who does it": "Ada", Until: "2020-01-02" });
  await page.getByRole("button", { name: "Add action item" }).click();
  await expect(page.getByRole("region", { name: "Action items" })).toContainText("Alert on the pool");
  await open("/operations/incidents/actions");
  await expect(page.getByRole("cell", { name: "2020-01-02 Late" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("button", { name: "Not done" })).toBeVisible();
});

test("who presses twice means the first button, not the one that comes in its place", async ({ page, open, api }) => {
  const { id } = await (await api.http.post("/api/incidents", { data: { summary: "Twice pressed", severity: "p4", environment: "development" } })).json();
  await open(`${INCIDENTS}/${id}`);
  const pressed = await page.evaluate(() => {
    const sent: string[] = [];
    document.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      sent.push(event.submitter?.textContent?.trim() ?? "");
    }, true);
    const press = (button: Element, detail: number) => button.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, detail }));
    const [one, other] = document.querySelectorAll("main form[method=post] [type=submit]");
    press(one!, 1);
    press(other!, 2);
    press(other!, 1);
    return sent.length;
  });
  expect(pressed).toBe(2);
});

test("two people see each other's steps", async ({ page, open, browser, switchboard }) => {
  await open(`${INCIDENTS}/new`);
  await fill(page, { "What is wrong": "Search is slow" });
  await page.getByRole("button", { name: "Declare it" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Search is slow" })).toBeVisible();
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await page.getByLabel("Note", { exact: true }).fill("Half a sen");
  const theirs = await browser.newContext({ baseURL: switchboard.baseURL, storageState: await switchboard.session("operator") });
  const other = await theirs.newPage();
  await other.goto(page.url());
  await other.locator("html[data-hydrated]").waitFor({ state: "attached" });
  await other.getByRole("button", { name: "Acknowledge" }).click();
  const line = page.getByRole("region", { name: "Time line" });
  await expect(line).toContainText("Acknowledged by operator@example.org", WITHIN_TWO_SECONDS);
  await expect(page.getByLabel("Note", { exact: true })).toHaveValue("Half a sen");
  await page.getByRole("button", { name: "Mark as assessed" }).click();
  await expect(other.getByRole("region", { name: "Time line" })).toContainText("Assessed by admin@example.org", WITHIN_TWO_SECONDS);
  await theirs.close();
});

test("two incidents that are one are merged and split", everywhere, async ({ page, open, api }) => {
  const declare = async (summary: string) => (await (await api.http.post("/api/incidents", { data: { summary, severity: "p3" } })).json()).id;
  const [one] = [await declare("Mails are late"), await declare("Mails are lost")];
  await open(`${INCIDENTS}/${one}`);
  const related = page.getByRole("region", { name: "Related" });
  await related.getByRole("button", { name: "Merge into it" }).click();
  await expect(related).toContainText("This one is merged into it");
  await expect(page.getByRole("region", { name: "Time line" })).toContainText("Into: Mails are lost");
  await related.getByRole("button", { name: "Split" }).click();
  await expect(related.getByRole("button", { name: "Merge into it" })).toBeVisible();
});

test("a day is looked through and signed, and maintenance is done", everywhere, async ({ page, open, javaScriptEnabled }) => {
  await open("/operations/today");
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("button", { name: "Sign the checklist" }).click();
  await expect(page.getByText("Look at every line and tick it.")).toBeVisible();
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByRole("button", { name: "Sign the checklist" }).click();
  await expect(page.getByText("Signed by admin@example.org")).toBeVisible();
  const task = page.getByRole("row").filter({ hasText: "Update dependencies" });
  await expect(task).toContainText("Due");
  await task.getByRole("button", { name: "Done" }).click();
  await expect(task).toContainText("by admin@example.org");
  if (javaScriptEnabled) await expectAccessible(page);
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });
  test("sees an incident and a day, and nothing to press", async ({ page, open, api }) => {
    const { id } = await (await api.http.post("/api/incidents", { data: { summary: "Mails are late", severity: "p3" } })).json();
    await open(`${INCIDENTS}/${id}`);
    await expect(page.getByRole("heading", { level: 1, name: "Mails are late" })).toBeVisible();
    await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
    await open(`${INCIDENTS}/${id}/post-mortem`);
    await expect(page.getByText("Declared by token tests as admin")).toBeVisible();
    await open("/operations/today");
    await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
    expect((await open(`${INCIDENTS}/new`)).status()).toBe(403);
  });
});
