import type { BrowserContext, Page } from "@playwright/test";
import { pathOf } from "../support/api";
import { postgres, tcp, unique } from "../support/connections";
import { newDatabase, psql, setOpen } from "../support/database";
import { input } from "../support/form";
import { incidentOf } from "../support/incidents";
import { Panel } from "../support/panel";
import { expect, test } from "../support/test";
import { toast } from "../support/toast";
import { openTrace } from "../support/trace";

/** Where an ID is looked up, while the page that showed it stays. */
async function reading(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto("/operations/errors");
  return page;
}

const note = (page: Page) => page.getByLabel("Note", { exact: true });

test.describe("each class of failure is told in its own words, and its ID opens what is behind it", () => {
  test.describe("the database", () => {
    let database = "";
    test.use({
      settings: async ({ services }, use) => {
        database = await newDatabase(services);
        await use({ DATABASE_URL: database });
      },
    });

    test("fails", async ({ page, open, api, services, context }) => {
      const connection = await api.create(tcp(services));
      await open(pathOf(connection));
      await psql(database, "alter table connection_verifications rename to away");
      await new Panel(page).button.click();
      await expect(toast(page)).toContainText("Something went wrong in the console.");
      await expect(toast(page)).toContainText("Who can help: Whoever runs the server, with the correlation ID");
      await psql(database, "alter table away rename to connection_verifications");
      const reader = await reading(context);
      const { timeline } = await openTrace(toast(page), reader);
      await expect(timeline).toContainText("request failed");
      await expect(timeline).toContainText("connection_verifications");
      await expect(reader.getByRole("article")).toContainText("admin@example.org");
      await expect(reader.getByRole("region", { name: "Connections" }).getByRole("link", { name: connection.name })).toBeVisible();
    });

    test("is away", async ({ page, open, api, services, context }) => {
      const connection = await api.create(tcp(services));
      const reader = await reading(context);
      await open(pathOf(connection));
      await setOpen(services, database, false);
      await new Panel(page).button.click();
      await expect(toast(page)).toContainText("The console cannot reach its database.");
      await expect(toast(page).getByRole("button", { name: "Retry" })).toBeVisible();
      await setOpen(services, database, true);
      // Nobody could be known yet; the log says what was tried, and what was told is recorded now that the database is back.
      const { timeline } = await openTrace(toast(page), reader);
      await expect(timeline).toContainText("code=database_unavailable");
      await expect(timeline).toContainText("start_verification");
    });

    test("is away while a page is asked for, and while a form is sent without script", { tag: "@no-javascript" }, async ({ page, open, api, services, javaScriptEnabled }) => {
      const connection = await api.create(tcp(services));
      await open(`${pathOf(connection)}/edit`);
      await setOpen(services, database, false);
      const answer = await page.goto(pathOf(connection));
      expect(answer!.status()).toBe(503);
      await expect(page.getByRole("heading", { name: "The console cannot reach its database." })).toBeVisible();
      await expect(page.getByRole("main").getByRole("code")).toHaveText(answer!.headers()["x-correlation-id"]!);
      await setOpen(services, database, true);
      await page.getByRole("link", { name: "Try again" }).click();
      await expect(page.getByRole("heading", { level: 1, name: connection.name })).toBeVisible();
      if (javaScriptEnabled) return;

      await open(`${pathOf(connection)}/edit`);
      await input(page, "Owner").fill("payments & more");
      await setOpen(services, database, false);
      await page.getByRole("button", { name: "Save connection" }).click();
      await expect(page.getByRole("heading", { name: "The console cannot reach its database." })).toBeVisible();
      await setOpen(services, database, true);
      await page.getByRole("button", { name: "Try again" }).click();
      await expect(page.getByRole("heading", { level: 1, name: connection.name })).toBeVisible();
      expect((await api.get(connection.id)).owner).toBe("payments & more");
    });

    test("fails under a form, which Retry sends again as it was", { tag: "@no-javascript" }, async ({ page, open, api }) => {
      await open(await incidentOf(api));
      // The incident itself is told of too.
      const failed = toast(page).filter({ hasText: "Something went wrong in the console." });
      await psql(database, "alter table audit_entries rename to away");
      await note(page).fill("Its cache is full & slow.");
      await page.getByRole("button", { name: "Add note" }).click();
      await expect(failed).toBeVisible();
      await psql(database, "alter table away rename to audit_entries");
      await failed.getByRole("button", { name: "Retry" }).click();
      await expect(page.getByRole("region", { name: "Time line" }).getByText("Its cache is full & slow.")).toHaveCount(1);
      await expect(failed).toHaveCount(0);
    });
  });

  test("the target is down", async ({ page, open, api, context }) => {
    const down = await api.create({ name: unique("Down"), kind: "tcp", environment: "development", settings: { host: "127.0.0.1", port: 1 } });
    await open(pathOf(down));
    await new Panel(page).test();
    await expect(page.getByRole("region", { name: "Verification" })).toContainText("refused the connection");
    const id = await page.getByRole("region", { name: "Verification" }).getByText("Correlation ID").getByRole("code").textContent();
    const reader = await reading(context);
    await reader.getByRole("searchbox", { name: "Search everything" }).fill(id!);
    await reader.getByRole("searchbox", { name: "Search everything" }).press("Enter");
    await reader.getByRole("link", { name: "Everything under this correlation ID" }).click();
    const timeline = reader.getByRole("region", { name: "Time line" });
    await expect(timeline).toContainText("refused the connection");
    await expect(timeline).toContainText("tested the connection");
    await expect(timeline).toContainText("verification finished");
    await expect(reader.getByRole("region", { name: "Connections" }).getByRole("link", { name: down.name })).toBeVisible();
  });

  test("input is refused", { tag: "@no-javascript" }, async ({ page, open, api, services, context, javaScriptEnabled }) => {
    const [taken, connection] = [await api.create(tcp(services)), await api.create(tcp(services))];
    await open(`${pathOf(connection)}/edit`);
    await input(page, "Name").fill(taken.name);
    await page.getByRole("button", { name: "Save connection" }).click();
    await expect(input(page, "Name")).toHaveAccessibleDescription(/That name is taken\./);
    await expect(toast(page)).toHaveCount(0);
    const form = page.getByRole("main").locator("form").filter({ has: input(page, "Name") });
    if (javaScriptEnabled) {
      const { timeline } = await openTrace(form, await reading(context));
      await expect(timeline).toContainText("request refused");
    } else {
      await form.getByRole("link", { name: "Open" }).click();
      await expect(page.getByRole("region", { name: "Time line" })).toContainText("request refused");
    }
    const reader = context.pages().at(-1)!;
    await expect(reader.getByRole("article")).toContainText("admin@example.org");
    await expect(reader.getByRole("region", { name: "Connections" }).getByRole("link", { name: connection.name })).toBeVisible();
    if (!javaScriptEnabled) return;

    // What the form finds itself reached no server: it has no ID, and the one before is not told any longer.
    await page.bringToFront();
    await input(page, "Name").fill("");
    await page.getByRole("button", { name: "Save connection" }).click();
    await expect(input(page, "Name")).toHaveAccessibleDescription(/Give it a name/);
    await expect(form.getByText("Correlation ID")).toHaveCount(0);
  });

  test("somebody else was faster", async ({ page, open, api, services, context }) => {
    const connection = await api.verified(postgres(services));
    await open(pathOf(connection));
    await api.edit(connection, { settings: { database: "postgres" } });
    await new Panel(page).activate.click();
    await expect(toast(page)).toContainText(/The connection changed after it was verified\.|This connection has not been verified\./);
    const reader = await reading(context);
    const { timeline } = await openTrace(toast(page), reader);
    await expect(timeline).toContainText("request refused");
    await expect(reader.getByRole("article")).toContainText("admin@example.org");
    await expect(reader.getByRole("region", { name: "Connections" }).getByRole("link", { name: connection.name })).toBeVisible();
  });

  test.describe("a viewer", () => {
    test.use({ role: "viewer" });
    test("a right is missing", async ({ page, open, browser, switchboard }) => {
      await open("/operations/errors");
      await expect(page.getByRole("heading", { name: "Your role does not allow this." })).toBeVisible();
      await expect(page.getByText("Who can help: An administrator of the team")).toBeVisible();
      await expect(page.getByRole("main").getByRole("link", { name: "Open", exact: true })).toHaveCount(0);
      const administrator = await browser.newContext({ baseURL: switchboard.baseURL, storageState: await switchboard.session("admin") });
      const { timeline } = await openTrace(page.getByRole("main"), await reading(administrator));
      await expect(timeline).toContainText("code=forbidden");
      await expect(timeline).toContainText("viewer@example.org");
      await administrator.close();
    });
  });
});
