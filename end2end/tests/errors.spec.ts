import { LIST, pathOf } from "../support/api";
import { postgres, tcp, unique } from "../support/connections";
import { fill, input, save } from "../support/form";
import { expect, test } from "../support/test";

test("what failed is not flooded by refusals, and is narrowed by severity and time", { tag: "@no-javascript" }, async ({ page, open, api }) => {
  const words = unique("Declined");
  const report = { code: "declined", message: "the acquirer answered 502", severity: "error", service: "shop", user_message: words };
  expect((await api.http.post("/api/errors", { data: report })).status()).toBe(201);
  // A form with a mistake in it.
  expect((await api.http.post("/api/service-connections", { data: { name: "", kind: "tcp", environment: "development", settings: {} } })).status()).toBe(422);

  const rows = page.getByRole("table", { name: "Errors", exact: true }).getByRole("row").filter({ has: page.locator("td") });
  await open("/operations/errors");
  await expect(page.getByRole("table", { name: "Errors of a kind" }).getByRole("link", { name: words })).toHaveCount(1);
  await expect(rows.filter({ hasText: words })).toHaveCount(1);
  await expect(rows.filter({ hasText: "Refusal" })).toHaveCount(0);

  await page.getByLabel("Severity").selectOption("all");
  await page.getByLabel("Time").selectOption("1");
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/severity=all&.*hours=1/);
  await expect(rows.filter({ hasText: "Refusal" }).first()).toBeVisible();
  await expect(rows.filter({ hasText: words })).toHaveCount(1);

  await page.getByLabel("Severity").selectOption("warning");
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await expect(rows.filter({ hasText: words })).toHaveCount(0);
});

test("a kind of error is resolved with a note, and is open again once it comes back", { tag: ["@no-javascript", "@phone"] }, async ({ page, open, api }) => {
  const words = unique("Declined");
  const data = { code: "declined", message: words, severity: "error", service: words, operation: "POST /orders/7" };
  for (const order of [7, 8]) await api.http.post("/api/errors", { data: { ...data, operation: `POST /orders/${order}` } });
  await open(`/operations/errors?service=${encodeURIComponent(words)}`);
  await page.getByRole("table", { name: "Errors of a kind" }).getByRole("link", { name: words }).click();
  const facts = page.getByRole("region", { name: "About these errors" });
  await expect(facts).toContainText("2 times");
  await expect(facts).toContainText("POST /orders/{id}");
  await expect(page.getByRole("img", { name: /^2 in the last 168 hours/ })).toBeVisible();

  await page.getByText("Resolve", { exact: true }).click();
  await page.getByLabel("Note").fill("The acquirer is back.");
  await page.getByRole("button", { name: "Mark as resolved" }).click();
  await expect(facts).toContainText("The acquirer is back.");
  await expect(page.getByText("Resolve", { exact: true })).toHaveCount(0);

  await api.http.post("/api/errors", { data });
  await page.reload();
  await expect(facts).toContainText("Came back");
  await expect(page.getByText("Resolve", { exact: true })).toBeVisible();
});

test("an ID that an answer shows opens the time line of all that it began", { tag: ["@no-javascript", "@phone"] }, async ({ page, open, api, services }) => {
  const connection = await api.create({ ...postgres(services, unique("Reports")), credential: { password: "not the password" } });
  const answer = await api.http.post(`/api/service-connections/${connection.id}/verify`);
  const { correlation_id } = await answer.json();
  await open("/operations/errors");
  await page.getByLabel("Search errors").fill(correlation_id);
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "Everything under this correlation ID" }).click();
  await expect(page).toHaveURL(`/operations/errors/${correlation_id}`);
  const told = page.getByRole("region", { name: "Time line" });
  await expect(told).toContainText("tested the connection");
  await expect(told).toContainText(/refused the password|password/i);
  await expect(told).toContainText("verification finished");
  await expect(page.getByRole("region", { name: "Connections" }).getByRole("link", { name: connection.name })).toHaveAttribute("href", pathOf(connection));
});

test("a mistake, a name that is taken and a service that is down each say so in words of their own", async ({ page, open, api, services }) => {
  const taken = await api.create(tcp(services, unique("Ledger")));
  await open(`${LIST}/new?kind=tcp`);
  await fill(page, { Name: taken.name, Host: "ledger.example.org", Port: 7000 });
  await save(page);
  await expect(input(page, "Name")).toHaveAccessibleDescription(/That name is taken\./);

  const refused = await api.http.post("/api/service-connections", { data: { name: "", kind: "tcp", environment: "development", settings: {} } });
  const down = await api.create({ name: unique("Down"), kind: "tcp", environment: "development", settings: { host: "127.0.0.1", port: 1 } });
  const tested = await (await api.http.post(`/api/service-connections/${down.id}/verify`)).json();
  const gone = await api.http.get("/api/service-connections/0190a000-0000-7000-8000-000000000000");
  for (const [id, words] of [
    [(await refused.json()).correlation_id, "Some fields need attention."],
    [tested.correlation_id, "refused the connection"],
    [(await gone.json()).correlation_id, "There is no such connection."],
  ]) {
    await open(`/operations/errors/${id}`);
    await expect(page.getByRole("region", { name: "Time line" })).toContainText(words);
  }
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });
  test("reads the catalogue, and no errors", { tag: "@no-javascript" }, async ({ page, open }) => {
    await open("/operations/errors");
    await expect(page.getByRole("heading", { name: "Your role does not allow this." })).toBeVisible();
    await open("/operations/errors/catalogue#name_taken");
    await expect(page.locator("#name_taken")).toContainText("Choose a different name.");
    await open("/api/reference");
    await expect(page.getByText("/api/service-connections/{id}/verify")).toBeVisible();
  });
});

test("each kind has an icon of its own", async ({ page, open }) => {
  await open(`${LIST}/new`);
  const drawings = await page.locator(".kinds .icon path").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
  expect(drawings.length).toBeGreaterThanOrEqual(9);
  expect(new Set(drawings).size).toBe(drawings.length);
});
