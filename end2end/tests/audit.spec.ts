import { readFileSync } from "node:fs";
import { pathOf } from "../support/api";
import { unique } from "../support/connections";
import { expect, test } from "../support/test";

const anywhere = { tag: ["@no-javascript", "@phone"] };

test("who did what is read, narrowed, followed to its thing and taken away", anywhere, async ({ page, open, api, isMobile }) => {
  const name = unique("Orders");
  const connection = await api.create({ name, kind: "tcp", environment: "development", settings: { host: "db.example.org", port: 5432 } });
  await open("/settings/audit");
  const entry = page.getByRole("row").filter({ hasText: name });
  await expect(entry).toContainText("Created a connection");
  await expect(entry).toContainText("127.0.0.1");
  await expect(entry.getByRole("link", { name: "Created a connection" })).toHaveAttribute("href", pathOf(connection));

  const filter = page.getByRole("search", { name: "Audit log" });
  await filter.getByLabel("Act", { exact: true }).selectOption("connection_archived");
  await filter.getByLabel("Thing").selectOption("connection");
  await filter.getByLabel("To", { exact: true }).fill("2020-01-01");
  await filter.getByRole("button", { name: "Filter" }).click();
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(page).toHaveURL("/settings/audit");
  if (isMobile) return;

  await open(`/settings/audit?thing=${connection.id}`);
  await expect(page.getByRole("row").filter({ has: page.locator("td") })).toHaveCount(1);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  const table = readFileSync(await (await download).path(), "utf8");
  expect(table.split("\n")[0]).toContain("sequence,at,actor,act");
  expect(table.trim().split("\n")).toHaveLength(2);
  expect(table).toContain(connection.id);
  await open("/settings/audit?act=audit_exported");
  await expect(page.getByRole("row").filter({ hasText: "Exported the audit log" }).first()).toBeVisible();
});

test("a long log is read page by page", { tag: "@no-javascript" }, async ({ page, open }) => {
  for (let count = 0; count < 55; count += 1) await page.request.get("/api/audit/export?format=jsonl");
  await open("/settings/audit?act=audit_exported");
  const rows = page.getByRole("row").filter({ has: page.locator("td") });
  await expect(rows).toHaveCount(50);
  await page.getByRole("link", { name: "Older" }).click();
  await expect(page).toHaveURL(/act=audit_exported&cursor=/);
  expect(await rows.count()).toBeGreaterThanOrEqual(5);
  await page.getByRole("link", { name: "Newest" }).click();
  await expect(rows).toHaveCount(50);
});
