import { expect, type Locator, type Page } from "@playwright/test";

/** Copies the ID that a toast or page shows, types it into the search of `reader`'s page, and opens what is behind it. */
export async function openTrace(told: Locator, reader: Page): Promise<{ id: string; timeline: Locator }> {
  const page = told.page();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await told.getByRole("button", { name: "Copy ID" }).click();
  const id = await page.evaluate(() => navigator.clipboard.readText());
  await expect(told.getByRole("code")).toHaveText(id);

  await reader.bringToFront();
  await reader.getByRole("searchbox", { name: "Search everything" }).fill(id);
  await reader.getByRole("searchbox", { name: "Search everything" }).press("Enter");
  await reader.getByRole("link", { name: "Everything under this correlation ID" }).click();
  await expect(reader).toHaveURL(`/operations/errors/${id}`);
  return { id, timeline: reader.getByRole("region", { name: "Time line" }) };
}
