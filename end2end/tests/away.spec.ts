import type { Page } from "@playwright/test";
import { LIST, pathOf } from "../support/api";
import { redis, tcp, unique } from "../support/connections";
import { newDatabase, psql, setOpen } from "../support/database";
import { fill, input, save } from "../support/form";
import { Panel } from "../support/panel";
import { expect, test } from "../support/test";
import { toast } from "../support/toast";

const posts = (page: Page): string[] => {
  const seen: string[] = [];
  page.on("request", (request) => request.method() === "POST" && seen.push(request.url()));
  return seen;
};

const retry = (page: Page) => toast(page).getByRole("button", { name: "Retry" });

test.describe("the server goes away while the page is open", () => {
  test.use({ settings: {} });

  test("saving says so, keeps the form, and Retry saves once", async ({ page, open, switchboard, api }) => {
    const name = unique("Ledger");
    await open(`${LIST}/new?kind=tcp`);
    await fill(page, { Name: name, Host: "ledger.example.org", Port: 7000 });
    await switchboard.stop();
    await save(page);

    await expect(toast(page)).toContainText("The console cannot be reached.");
    await expect(toast(page)).not.toContainText("Correlation ID");
    await expect(toast(page).getByRole("link", { name: "Open" })).toHaveCount(0);
    await expect(input(page, "Name")).toHaveValue(name);
    await retry(page).click();
    await expect(toast(page)).toHaveCount(1);
    await expect(retry(page)).toBeVisible();

    await switchboard.start();
    await retry(page).click();
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    expect(await api.named(name)).toHaveLength(1);
  });

  test("testing says so, and Retry tests", async ({ page, open, switchboard, api, services }) => {
    const panel = new Panel(page);
    const connection = await api.create(redis(services));
    await open(pathOf(connection));
    await switchboard.stop();
    await panel.button.click();
    await expect(toast(page)).toContainText("The console cannot be reached.");
    await expect(panel.button).toBeEnabled();

    await switchboard.start();
    await retry(page).click();
    await panel.expectPassed();
    await expect(toast(page)).toHaveCount(0);
    const history = await api.http.get(`/api/service-connections/${connection.id}/verifications`);
    expect((await history.json()).items).toHaveLength(1);
  });
});

test("an answer that is lost on its way saves nothing twice", async ({ page, open, api }) => {
  const name = unique("Ledger");
  await open(`${LIST}/new?kind=tcp`);
  await fill(page, { Name: name, Host: "ledger.example.org", Port: 7000 });
  await page.route(
    /actions\/save_connection/,
    async (route) => {
      await route.fetch({ maxRedirects: 0 });
      await route.abort();
    },
    { times: 1 },
  );
  await save(page);
  // The same call under the same key: what the first one made is answered again.
  await retry(page).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  expect(await api.named(name)).toHaveLength(1);
});

test("a test whose answer is lost on its way is made once", async ({ page, open, api, services }) => {
  const panel = new Panel(page);
  const connection = await api.create(tcp(services));
  await open(pathOf(connection));
  const keys: (string | undefined)[] = [];
  page.on("request", (request) => request.url().endsWith("/actions/start_verification") && keys.push(request.headers()["idempotency-key"]));
  await page.route(
    "**/actions/start_verification",
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );
  await panel.button.click();
  await retry(page).click();
  await panel.expectPassed();
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f]{16,}$/);
  expect(keys[1]).toBe(keys[0]);
  const history = await api.http.get(`/api/service-connections/${connection.id}/verifications`);
  expect((await history.json()).items).toHaveLength(1);
  // Whoever tests once more means another test.
  await panel.test();
  expect(keys).toHaveLength(3);
  expect(keys[2]).not.toBe(keys[0]);
});

test("a form in a hurry is sent once", async ({ page, open, api }) => {
  const name = unique("Ledger");
  await open(`${LIST}/new?kind=tcp`);
  await fill(page, { Name: name, Host: "ledger.example.org", Port: 7000 });
  const sent = posts(page);
  let answer = () => {};
  const held = new Promise<void>((release) => (answer = release));
  await page.route(/actions\/save_connection/, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole("button", { name: "Save connection" }).dblclick();
  await input(page, "Name").press("Enter");
  await expect(page.getByRole("button", { name: "Saving…" })).toBeDisabled();
  answer();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  expect(sent).toHaveLength(1);
  expect(await api.named(name)).toHaveLength(1);
});

test.describe("the database fails", () => {
  let database = "";
  test.use({
    settings: async ({ services }, use) => {
      database = await newDatabase(services);
      await use({ DATABASE_URL: database });
    },
  });
  const takeAway = () => psql(database, "alter table connection_verifications rename to away");
  const bringBack = () => psql(database, "alter table away rename to connection_verifications");

  test("the toast, the header, the log and the record carry one ID", async ({ page, open, switchboard, api, services }) => {
    const panel = new Panel(page);
    const connection = await api.create(tcp(services));
    await open(pathOf(connection));
    await takeAway();
    const refusal = page.waitForResponse("**/actions/start_verification");
    await panel.button.click();
    const id = (await refusal).headers()["x-correlation-id"]!;
    expect((await refusal).status()).toBeGreaterThanOrEqual(500);
    await expect(toast(page).getByRole("code")).toHaveText(id);
    await expect(toast(page)).not.toContainText("connection_verifications");

    const line = JSON.parse(await switchboard.line(new RegExp(`^(.*request failed.*${id}.*|.*${id}.*request failed.*)$`)));
    expect(line).toMatchObject({ level: "ERROR", correlation_id: id });
    expect(line.error).toContain("connection_verifications");
    await bringBack();
    const recorded = await (await api.http.get(`/api/errors/${id}`)).json();
    expect(recorded.events).toHaveLength(1);
    expect(recorded.events[0]).toMatchObject({ correlation_id: id, severity: "error", actor: "admin@example.org" });

    await toast(page).getByRole("link", { name: "Open" }).click();
    await expect(page.getByText(id)).toBeVisible();
    await expect(page.getByText("connection_verifications").first()).toBeVisible();

    await page.goBack();
    await panel.test();
    await panel.expectPassed();
  });

  test("while it is away the toast says so, and a retry finds it again", async ({ page, open, api, services }) => {
    const panel = new Panel(page);
    const connection = await api.create(tcp(services));
    await open(pathOf(connection));
    await setOpen(services, database, false);
    await panel.button.click();
    await expect(toast(page)).toContainText("The console cannot reach its database.");
    await setOpen(services, database, true);
    await retry(page).click();
    await panel.expectPassed();
  });

  test("a page that cannot be read says so", { tag: "@no-javascript" }, async ({ page, open, api, services }) => {
    const connection = await api.create(tcp(services));
    await takeAway();
    const answer = await open(pathOf(connection));
    expect(answer.status()).toBe(500);
    await expect(page.getByRole("main").getByRole("code")).toHaveText(answer.headers()["x-correlation-id"]!);
    await bringBack();
    await page.getByRole("link", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { name: "Verification" })).toBeVisible();
  });
});
