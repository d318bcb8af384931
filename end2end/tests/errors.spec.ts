import { LIST } from "../support/api";
import { unique } from "../support/connections";
import { expect, test } from "../support/test";

test("what failed is not flooded by refusals, and is narrowed by severity and time", { tag: "@no-javascript" }, async ({ page, open, api }) => {
  const words = unique("Declined");
  const report = { code: "declined", message: "the acquirer answered 502", severity: "error", service: "shop", user_message: words };
  expect((await api.http.post("/api/errors", { data: report })).status()).toBe(201);
  // A form with a mistake in it.
  expect((await api.http.post("/api/service-connections", { data: { name: "", kind: "tcp", environment: "development", settings: {} } })).status()).toBe(422);

  const rows = page.getByRole("row").filter({ has: page.locator("td") });
  await open("/operations/errors");
  await expect(rows.filter({ hasText: words })).toHaveCount(1);
  await expect(rows.filter({ hasText: "Refusal" })).toHaveCount(0);

  await page.getByLabel("Severity").selectOption("all");
  await page.getByLabel("Time").selectOption("1");
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/severity=all&hours=1/);
  await expect(rows.filter({ hasText: "Refusal" }).first()).toBeVisible();
  await expect(rows.filter({ hasText: words })).toHaveCount(1);

  await page.getByLabel("Severity").selectOption("warning");
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await expect(rows.filter({ hasText: words })).toHaveCount(0);
});

test("each kind has an icon of its own", async ({ page, open }) => {
  await open(`${LIST}/new`);
  const drawings = await page.locator(".kinds .icon path").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
  expect(drawings.length).toBeGreaterThanOrEqual(9);
  expect(new Set(drawings).size).toBe(drawings.length);
});
