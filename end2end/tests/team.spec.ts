import type { Browser, BrowserContext, Page } from "@playwright/test";
import { expectAccessible } from "../support/accessible";
import { fill } from "../support/form";
import { password } from "../support/switchboard";
import { expect, test } from "../support/test";

// People are changed here whom other tests sign in as.
test.use({ settings: {} });

const plain = { tag: "@no-javascript" };
const everywhere = { tag: ["@no-javascript", "@phone"] };

const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });

const switcher = (page: Page) => page.locator(".rail-foot .switch-team");

/** Another browser, of someone else, where nobody is signed in yet. */
function elsewhere(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ storageState: { cookies: [], origins: [] } });
}

async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.goto("/sign-in");
  await fill(page, { "E-mail address": email, Password: secret });
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL("/");
}

/** Invites someone and returns the link. */
async function invite(page: Page, email: string): Promise<string> {
  await page.goto("/settings/team");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Make a link" }).click();
  await expect(page.getByRole("heading", { name: `The invitation of ${email} is ready` })).toBeVisible();
  return (await page.locator(".secret-once code").textContent())!;
}

test("someone is invited, joins, gets another role and is removed", plain, async ({ page, browser, javaScriptEnabled }) => {
  const link = await invite(page, "eve@example.org");
  await expect(row(page, "eve@example.org")).toContainText("Viewer");
  await page.reload();
  await expect(page.locator(".secret-once")).toHaveCount(0);

  const other = await elsewhere(browser);
  const eve = await other.newPage();
  await eve.goto(link);
  await expect(eve.getByRole("heading", { level: 1, name: "Join the team" })).toBeVisible();
  await eve.getByLabel("Password").fill("short");
  await eve.getByRole("button", { name: "Join Default" }).click();
  await expect(eve.getByText("10 to 256 characters.")).toBeVisible();
  await eve.getByLabel("Password").fill(password);
  await eve.getByRole("button", { name: "Join Default" }).click();
  await expect(eve).toHaveURL("/");
  const late = await elsewhere(browser);
  const second = await late.newPage();
  await second.goto(link);
  await expect(second.getByText("This invitation is not valid any more.")).toBeVisible();
  await late.close();

  await page.goto("/settings/team");
  await row(page, "eve@example.org").getByText("Change role", { exact: true }).first().click();
  await row(page, "eve@example.org").getByRole("combobox").selectOption("operator");
  await row(page, "eve@example.org").getByRole("button", { name: "Change role" }).click();
  await expect(row(page, "eve@example.org").getByRole("cell", { name: "Operator", exact: true })).toBeVisible();
  if (javaScriptEnabled) await expect(eve.getByText("Your session has ended.")).toBeVisible();
  await signIn(eve, "eve@example.org");

  await row(page, "eve@example.org").getByText("Remove", { exact: true }).click();
  await page.getByRole("button", { name: "Remove eve@example.org" }).click();
  await expect(row(page, "eve@example.org")).toHaveCount(0);
  await eve.goto("/");
  await expect(eve).toHaveURL("/sign-in");
  await other.close();
});

test("the last administrator is kept, and told so", plain, async ({ page }) => {
  await page.goto("/settings/team");
  await row(page, "admin@example.org").getByText("Remove", { exact: true }).click();
  await page.getByRole("button", { name: "Remove admin@example.org" }).click();
  await expect(page.getByText("This is the last administrator of the team.")).toBeVisible();
});

test("another password signs the other browser out", plain, async ({ page, browser, javaScriptEnabled }) => {
  const other = await elsewhere(browser);
  const there = await other.newPage();
  await signIn(there, "admin@example.org");
  await page.goto("/settings/profile");
  await expect(page.getByRole("row").filter({ hasText: "Chrome on" })).toHaveCount(1);
  await fill(page, { "Current password": "not the password", "New password": "another horse battery" });
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await fill(page, { "Current password": password, "New password": "another horse battery" });
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Your password is changed.")).toBeVisible();
  if (javaScriptEnabled) await expect(there.getByText("Your session has ended.")).toBeVisible();
  await there.goto("/settings/team");
  await expect(there).toHaveURL(/\/sign-in/);
  await signIn(there, "admin@example.org", "another horse battery");

  await page.reload();
  await page.getByRole("row").filter({ hasText: "Chrome on" }).filter({ hasNotText: "this one" }).getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Chrome on" })).toHaveCount(1);
  await there.goto("/");
  await expect(there).toHaveURL("/sign-in");
  await other.close();
});

test("whoever belongs to two teams switches between them", plain, async ({ page, context, javaScriptEnabled }) => {
  await page.goto("/settings/team");
  await page.getByLabel("Its name").fill("Mobile apps");
  await page.getByRole("button", { name: "Create team" }).click();
  const tab = await context.newPage();
  await tab.goto("/");
  const [before] = await context.cookies();
  await switcher(page).getByRole("combobox").selectOption({ label: "Mobile apps" });
  await switcher(page).getByRole("button").click();
  await expect(page).toHaveURL("/");
  await expect(switcher(page).locator("option:checked")).toHaveText("Mobile apps");
  const [after] = await context.cookies();
  expect(after!.value).not.toBe(before!.value);
  await page.goto("/settings/team");
  await expect(page.getByRole("heading", { level: 1, name: "Mobile apps" })).toBeVisible();
  if (javaScriptEnabled) await expect(tab.getByText("Your session has ended.")).toBeVisible();
  await tab.reload();
  await expect(switcher(tab).locator("option:checked")).toHaveText("Mobile apps");
});

test("a token is limited, changed, rotated without a gap and revoked", plain, async ({ page, playwright, switchboard }) => {
  await page.goto("/settings/tokens");
  await page.getByLabel("Name").fill("Staging dashboard");
  await page.getByLabel("staging", { exact: false }).check();
  await page.getByText("Limit what it may do").click();
  for (const permission of ["See connections", "See incidents", "Test connections"]) await page.getByLabel(permission).check();
  await page.getByLabel("Ends").selectOption("30");
  await page.getByRole("button", { name: "Create token" }).click();
  await expect(page.getByText("The role viewer does not have verify_connections.")).toBeVisible();
  await page.getByLabel("Test connections").uncheck();
  await page.getByRole("button", { name: "Create token" }).click();
  const first = (await page.locator(".secret-once code").textContent())!;
  await expect(row(page, "Staging dashboard")).toContainText("in staging");
  await expect(row(page, "Staging dashboard")).toContainText("only: See connections; See incidents");
  const ask = async (token: string) => {
    const api = await playwright.request.newContext({ baseURL: switchboard.baseURL, extraHTTPHeaders: { authorization: `Bearer ${token}` } });
    const answer = await api.get("/api/service-connections");
    await api.dispose();
    return answer.status();
  };
  await row(page, "Staging dashboard").getByRole("link", { name: /Edit/ }).click();
  await expect(page.getByLabel("See incidents")).toBeChecked();
  await page.getByLabel("See incidents").uncheck();
  await page.getByLabel("production", { exact: false }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(row(page, "Staging dashboard")).toContainText("in staging, production");
  await expect(row(page, "Staging dashboard")).toContainText("only: See connections");
  await expect(row(page, "Staging dashboard")).not.toContainText("See incidents");
  expect(await ask(first)).toBe(200);
  await row(page, "Staging dashboard").getByText("Rotate", { exact: true }).click();
  await page.getByRole("button", { name: "Rotate “Staging dashboard”" }).click();
  await expect(row(page, "Staging dashboard")).toContainText("the one before until");
  const second = (await page.locator(".secret-once code").textContent())!;
  expect([second === first, await ask(first), await ask(second)]).toEqual([false, 200, 200]);
  await row(page, "Staging dashboard").getByText("Revoke", { exact: true }).click();
  await page.getByRole("button", { name: "Revoke “Staging dashboard”" }).click();
  await expect(page.getByRole("heading", { name: "No tokens yet" })).toBeVisible();
  expect([await ask(first), await ask(second)]).toEqual([401, 401]);
});

test("axe finds nothing on the pages of people", { tag: "@phone" }, async ({ page, browser, api }) => {
  const limited = await api.http.post("/api/tokens", { data: { name: "Dashboard", role: "viewer", permissions: ["read_health"] } });
  const { id } = (await limited.json()) as { id: string };
  const link = await invite(page, "eve@example.org");
  await expectAccessible(page);
  await row(page, "admin@example.org").getByText("Change role", { exact: true }).first().click();
  await expectAccessible(page);
  for (const path of ["/settings/profile", "/settings/tokens", `/settings/tokens/${id}`]) {
    await page.goto(path);
    await expectAccessible(page);
  }
  const other = await elsewhere(browser);
  const eve = await other.newPage();
  for (const path of [link, "/invitations/made-up"]) {
    await eve.goto(path);
    await expectAccessible(eve);
  }
  await other.close();
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });

  test("sees who belongs to the team, and can change nothing", everywhere, async ({ page }) => {
    await page.goto("/settings/team");
    await expect(row(page, "viewer@example.org")).toContainText("you");
    await expect(page.getByRole("button", { name: "Make a link" })).toHaveCount(0);
    await expect(page.getByText("Remove", { exact: true })).toHaveCount(0);
  });
});
