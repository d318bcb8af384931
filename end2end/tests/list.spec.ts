import type { Page } from "@playwright/test";
import { Api, LIST } from "../support/api";
import { populate } from "../support/bulk";
import { Switchboard } from "../support/switchboard";
import { test as base, expect } from "../support/test";

const MANY = 2_000;

/** One console with many connections for this whole file. */
const test = base.extend<object, { shared: Switchboard }>({
  shared: [
    async ({}, use) => {
      const switchboard = await Switchboard.launch();
      const api = await Api.of(switchboard, "operator");
      await populate(api, MANY);
      await api.dispose();
      await use(switchboard);
      await switchboard.dispose();
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

const names = (page: Page) => page.getByRole("row").locator(".row-link");

test("filter, search, order and page stand in the address, and survive reload and back", { tag: "@no-javascript" }, async ({ page, open }) => {
  await open(LIST);
  await expect(page.getByText(`1–50 of ${MANY}`)).toBeVisible();
  await expect(names(page).first()).toHaveText("Service 0000");

  await page.getByLabel("Environment").selectOption("staging");
  await page.getByLabel("Kind").selectOption("redis");
  await page.getByLabel("Search connections").fill("payments");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL((url) => ["staging", "redis", "payments"].join() === ["environment", "kind", "q"].map((name) => url.searchParams.get(name)).join());
  // Index 1 modulo 12, all of them odd.
  const found = Math.ceil((MANY - 1) / 12);
  await expect(page.getByText(`1–50 of ${found}`)).toBeVisible();

  await page.getByRole("link", { name: "Name", exact: true }).click();
  await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "descending");
  const last = Array.from({ length: found }, (_, row) => `Service ${String(1 + 12 * row).padStart(4, "0")}`).reverse();
  await expect(names(page)).toHaveText(last.slice(0, 50));

  await page.getByRole("link", { name: "Next" }).click();
  await expect(names(page)).toHaveText(last.slice(50, 100));
  await page.reload();
  await expect(names(page)).toHaveText(last.slice(50, 100));
  await expect(page.getByLabel("Environment")).toHaveValue("staging");
  await expect(page.getByLabel("Search connections")).toHaveValue("payments");

  await page.goBack();
  await expect(names(page)).toHaveText(last.slice(0, 50));
  await page.goForward();
  await expect(names(page)).toHaveText(last.slice(50, 100));
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(page.getByText(`1–50 of ${MANY}`)).toBeVisible();
});

test("the list follows what is typed, and so does the address", async ({ page, open }) => {
  await open(LIST);
  const box = page.getByLabel("Search connections");
  await box.pressSequentially("0042");
  await expect(names(page)).toHaveText(["Service 0042"]);
  await expect(page).toHaveURL(`${LIST}?q=0042`);
  await expect(box).toBeFocused();
  await page.getByRole("link", { name: "Clear" }).click();
  await expect(page.getByText(`1–50 of ${MANY}`)).toBeVisible();
  await expect(page).toHaveURL(LIST);
});

test("a search that finds nothing says what to do", { tag: "@no-javascript" }, async ({ page, open }) => {
  await open(`${LIST}?q=unheard-of`);
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(names(page)).toHaveCount(50);
});

test("an address that asks for nonsense shows the list", async ({ page, open }) => {
  for (const query of ["page=0", "page=-1&sort=password", "environment=mars&kind=%00&state=x", "page=99999999999"]) {
    expect((await open(`${LIST}?${query}`)).status(), query).toBe(200);
    await expect(names(page).first(), query).toBeVisible();
  }
});

test("a page beyond the last leads back", async ({ page, open }) => {
  await open(`${LIST}?page=1000`);
  await expect(page.getByRole("link", { name: /Previous|first|back/i }).first()).toBeVisible();
});

test(`pages stay small with ${MANY} connections`, async ({ page, open }) => {
  for (const path of ["/", LIST, `${LIST}?page=40`, `${LIST}?q=service`]) {
    const answer = await open(path);
    const { responseBodySize } = await answer.request().sizes();
    const { responseStart, requestStart } = answer.request().timing();
    const all = await page.evaluate(() =>
      performance.getEntriesByType("resource").reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
    );
    const text = `${path}: ${responseBodySize} bytes as sent, first byte after ${Math.round(responseStart - requestStart)} ms, ${all} bytes with all it loads`;
    test.info().annotations.push({ type: "size", description: text });
    console.log(text);
    expect(responseBodySize).toBeLessThan(150_000);
    await expect(page.getByText("Service").first()).toBeVisible();
  }
});
