import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/accessible";
import { fill } from "../support/form";
import { password } from "../support/switchboard";
import { expect, test } from "../support/test";
import { freshCode } from "../support/totp";

// People are changed here whom other tests sign in as.
test.use({ settings: {} });

const PAGE = "/settings/profile/second-factor";
const EMAIL = "operator@example.org";
const plain = { tag: "@no-javascript" };
const everywhere = { tag: ["@no-javascript", "@phone"] };

/** On the page where it is set up. Answers the seed and the recovery codes. */
async function setUp(page: Page): Promise<{ seed: string; codes: string[] }> {
  await fill(page, { "Your password": password });
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("img", { name: "QR code of the key" })).toBeVisible();
  const seed = (await page.locator(".secret-once code").textContent())!;
  await fill(page, { "The code that the app shows": freshCode(seed) });
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("heading", { name: "Your recovery codes" })).toBeVisible();
  return { seed, codes: await page.locator(".recovery-codes code").allTextContents() };
}

async function givePassword(page: Page, path = "/sign-in"): Promise<void> {
  await page.context().clearCookies();
  await page.goto(path);
  await fill(page, { "E-mail address": EMAIL, Password: password });
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Second step" })).toBeVisible();
}

async function giveCode(page: Page, code: string): Promise<void> {
  await fill(page, { Code: code });
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

test.describe("an operator", () => {
  test.use({ role: "operator" });

  test("sets it up, signs in with a code and with a recovery code, and switches it off", everywhere, async ({ page }) => {
    await page.goto("/settings/profile");
    await page.getByRole("link", { name: "Set it up" }).click();
    await fill(page, { "Your password": "not the password" });
    await page.getByRole("button", { name: "Set up" }).click();
    await expect(page.getByText("This is not your password.")).toBeVisible();
    const { seed, codes } = await setUp(page);
    expect(codes).toHaveLength(10);
    await page.reload();
    await expect(page.getByText("10 recovery codes are left.")).toBeVisible();
    await expect(page.getByText(codes[0]!)).toHaveCount(0);

    await givePassword(page, "/sign-in?next=/operations/errors");
    await giveCode(page, "no code");
    await expect(page.getByRole("alert")).toContainText("The code is not right, or was used already.");
    await expect(page.getByLabel("Code")).toHaveValue(/^(no code)?$/);
    await giveCode(page, freshCode(seed));
    await expect(page).toHaveURL("/operations/errors");

    await givePassword(page);
    await giveCode(page, codes[0]!.toLowerCase());
    await expect(page).toHaveURL("/");
    await givePassword(page);
    await giveCode(page, codes[0]!);
    await expect(page.getByRole("alert")).toContainText("was used already");
    await giveCode(page, codes[1]!);
    await expect(page).toHaveURL("/");

    await page.goto(PAGE);
    await expect(page.getByText("8 recovery codes are left.")).toBeVisible();
    await fill(page, { "Current password": password, "Code of your app, or a recovery code": codes[2]! });
    await page.getByRole("button", { name: "Switch off" }).click();
    await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
  });

  test("makes new recovery codes, with which those before end", plain, async ({ page }) => {
    await page.goto(PAGE);
    const { seed, codes } = await setUp(page);
    await page.goto(PAGE);
    await fill(page, { Code: freshCode(seed) });
    await page.getByRole("button", { name: "Make new codes" }).click();
    await expect(page.getByRole("heading", { name: "Your recovery codes" })).toBeVisible();
    const anew = await page.locator(".recovery-codes code").allTextContents();
    expect(anew.filter((code) => codes.includes(code))).toEqual([]);
    await givePassword(page);
    await giveCode(page, codes[0]!);
    await expect(page.getByRole("alert")).toBeVisible();
    await giveCode(page, anew[0]!);
    await expect(page).toHaveURL("/");
  });

  test("whose team demands it sets it up before anything else", everywhere, async ({ page, api }) => {
    const { items } = (await (await api.http.get("/api/teams")).json()) as { items: { id: string }[] };
    const edited = await api.http.patch(`/api/teams/${items[0]!.id}`, { data: { requires_second_factor: true } });
    expect(await edited.json()).toMatchObject({ requires_second_factor: true });

    await page.goto("/operations/errors");
    await expect(page).toHaveURL(PAGE);
    await expect(page.getByText("Your team demands a second factor of everyone.")).toBeVisible();
    await expect(page.getByRole("link", { name: "Connections" })).toHaveCount(0);
    await setUp(page);
    await page.goto("/operations/errors");
    await expect(page).toHaveURL("/operations/errors");
  });

  test("axe finds nothing on the pages of the second factor", { tag: "@phone" }, async ({ page }) => {
    await page.goto(PAGE);
    await expectAccessible(page);
    await fill(page, { "Your password": password });
    await page.getByRole("button", { name: "Set up" }).click();
    await expect(page.getByRole("img", { name: "QR code of the key" })).toBeVisible();
    await expectAccessible(page);
    const seed = (await page.locator(".secret-once code").textContent())!;
    await fill(page, { "The code that the app shows": freshCode(seed) });
    await page.getByRole("button", { name: "Confirm" }).click();
    await expect(page.getByRole("heading", { name: "Your recovery codes" })).toBeVisible();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    await givePassword(page);
    await expectAccessible(page);
    await giveCode(page, "no code");
    await expect(page.getByRole("alert")).toBeVisible();
    await expectAccessible(page);
  });
});

test("an administrator who demands it is led to set it up, in the look of the sign-in", { tag: "@phone" }, async ({ page }) => {
  await page.goto("/settings/team");
  await page.getByRole("button", { name: "Demand it" }).click();
  await expect(page).toHaveURL(PAGE);
  await expectAccessible(page);
  await setUp(page);
  await page.goto("/settings/team");
  await page.getByRole("button", { name: "Stop demanding it" }).click();
  await expect(page.getByRole("button", { name: "Demand it" })).toBeVisible();
  await expectAccessible(page);
});
