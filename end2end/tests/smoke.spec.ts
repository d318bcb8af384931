import { expect, test } from "./switchboard";

test("a new console offers to be set up", { tag: ["@dark", "@phone", "@no-javascript"] }, async ({ page, switchboard }) => {
  const answer = await page.goto(switchboard.setupUrl);
  expect(answer?.status()).toBe(200);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("a stranger is asked to sign in", async ({ page }) => {
  const answer = await page.goto("/sign-in");
  expect(answer?.status()).toBe(200);
  await expect(page.getByRole("button", { name: /sign in/i })).toBeVisible();
});
