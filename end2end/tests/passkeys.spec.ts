import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/accessible";
import { giveAuthenticator } from "../support/authenticator";
import { fill } from "../support/form";
import { freePort, password } from "../support/switchboard";
import { expect, test as base } from "../support/test";

// Browsers have passkeys at a name alone; people are changed here whom other tests sign in as.
const test = base.extend({
  role: "operator",
  settings: async ({}, use) => {
    const port = await freePort();
    await use({ SWITCHBOARD_LISTEN: `127.0.0.1:${port}`, SWITCHBOARD_PUBLIC_URL: `http://localhost:${port}` });
  },
});

const PROFILE = "/settings/profile";

/** On a page that lets them. */
async function add(page: Page, name: string): Promise<void> {
  await fill(page, { Name: name, "Your password": password });
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText(`Your browser makes “${name}” now`)).toBeVisible();
  await page.getByRole("button", { name: "Make the passkey" }).click();
}

const row = (page: Page, name: string) => page.getByRole("table", { name: "Passkeys" }).getByRole("row").filter({ hasText: name });

test("someone adds a passkey, signs in with it and nothing else, and removes it", { tag: "@phone" }, async ({ page, context }) => {
  const device = await giveAuthenticator(page);
  await page.goto(PROFILE);
  await expectAccessible(page);
  await fill(page, { Name: "Phone", "Your password": "not the password" });
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await add(page, "Phone");
  await expect(row(page, "Phone")).toContainText("Never");
  expect(await device.passkeys()).toBe(1);
  await expectAccessible(page);

  await context.clearCookies();
  await page.goto("/sign-in?next=/operations/errors");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page).toHaveURL("/operations/errors");
  await page.goto(PROFILE);
  await expect(page.getByRole("heading", { level: 1, name: "operator@example.org" })).toBeVisible();
  await expect(row(page, "Phone")).not.toContainText("Never");

  await page.getByLabel("Passkey", { exact: true }).selectOption({ label: "Phone" });
  const removal = page.getByRole("region", { name: "Remove a passkey" });
  await removal.getByLabel("Your password").fill(password);
  await removal.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByText("You have none.")).toBeVisible();
  await context.clearCookies();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "This passkey did not sign you in." })).toBeVisible();
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
});

test("a device that asks nobody who they are signs nobody in", async ({ page }) => {
  const device = await giveAuthenticator(page);
  await page.goto(PROFILE);
  await add(page, "Phone");
  await expect(row(page, "Phone")).toBeVisible();
  await device.verifies(false);
  await page.context().clearCookies();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByText("The browser gave no passkey")).toBeVisible();
  await expect(page).toHaveURL("/sign-in");
});

test("whoever's team demands a second factor adds a passkey instead", { tag: "@phone" }, async ({ page, api }) => {
  const { items } = (await (await api.http.get("/api/teams")).json()) as { items: { id: string }[] };
  await api.http.patch(`/api/teams/${items[0]!.id}`, { data: { requires_second_factor: true } });
  await giveAuthenticator(page);
  await page.goto("/operations/errors");
  await expect(page.getByText("Your team demands a second factor of everyone.")).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Your password").last().fill(password);
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await expect(page.getByRole("link", { name: "Connections" }).first()).toBeVisible();
  await page.goto("/operations/errors");
  await expect(page).toHaveURL("/operations/errors");
});

test("without script the pages say what passkeys need", { tag: "@no-javascript" }, async ({ page, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled, "there is script");
  await page.goto(PROFILE);
  await fill(page, { Name: "Phone", "Your password": password });
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.locator("form noscript p")).toHaveText("Passkeys need JavaScript.");
  await expect(page.getByRole("button", { name: "Make the passkey" })).toBeHidden();
  await page.context().clearCookies();
  await page.goto("/sign-in");
  await expect(page.locator("form noscript p")).toHaveText("Passkeys need JavaScript.");
});
