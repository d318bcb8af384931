import type { Page, Route } from "@playwright/test";
import { INCIDENTS, pathOf } from "../support/api";
import { tcp } from "../support/connections";
import { incidentOf } from "../support/incidents";
import { Panel } from "../support/panel";
import { expect, test } from "../support/test";
import { toast, toasts } from "../support/toast";

const note = (page: Page) => page.getByLabel("Note", { exact: true });

/** The incident of a page is told of too. */
const lost = (page: Page) => toast(page).filter({ hasText: "The console cannot be reached." });

test.describe("what has not been read yet", () => {
  test.use({ settings: {} });

  test("several failures stand together, and the next page shows them until they are dismissed or followed", async ({ page, open, awake, api, services }) => {
    const connection = await api.create(tcp(services));
    await open(pathOf(connection));
    const refuse = (words: string, id: string) => (route: Route) =>
      route.fulfill({ status: 503, json: { code: "overloaded", message: words, remediation: "Try again in a moment.", retryable: true, correlation_id: id, fields: [], contact: "Whoever runs the server" } });
    await page.route("**/actions/start_verification", refuse("The console is busy.", "id-of-the-test"));
    await page.route(/act=/, refuse("The console is busy.", "id-of-the-form"));
    await new Panel(page).button.click();
    await expect(toast(page)).toHaveCount(1);
    await page.getByText("Archive", { exact: true }).first().click();
    // By keyboard, as the first toast may stand over it.
    await page.getByRole("button", { name: `Archive “${connection.name}”` }).press("Enter");
    await expect(toast(page)).toHaveCount(2);
    await expect(toast(page).getByRole("code")).toHaveText(["id-of-the-test", "id-of-the-form"]);
    // The same act that fails again takes its place.
    await new Panel(page).button.click();
    await expect(toast(page).getByRole("code")).toHaveText(["id-of-the-form", "id-of-the-test"]);

    await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Overview", exact: true }).click();
    await expect(page).toHaveURL("/");
    await awake();
    await expect(toast(page).getByRole("code")).toHaveText(["id-of-the-form", "id-of-the-test"]);
    await expect(toast(page).first()).toContainText("Who can help: Whoever runs the server");
    await expect(toast(page).getByRole("button", { name: "Retry" })).toHaveCount(0);
    await toast(page).first().getByRole("button", { name: "Dismiss" }).click();
    await toast(page).getByRole("link", { name: "Go back there" }).click();
    await expect(page).toHaveURL(pathOf(connection));
    await awake();
    await expect(toast(page)).toHaveCount(0);
  });

  test("of more than there is room for, none is lost", async ({ page, open, api, services }) => {
    let count = 0;
    await page.route("**/actions/start_verification", (route) => {
      count += 1;
      return route.fulfill({ status: 503, json: { code: "overloaded", message: "The console is busy.", remediation: "Try again.", retryable: false, correlation_id: `id-${count}`, fields: [] } });
    });
    for (let turn = 1; turn <= 6; turn++) {
      await open(pathOf(await api.create(tcp(services))));
      await new Panel(page).button.click();
      await expect(toasts(page)).toContainText(`id-${turn}`);
    }
    await expect(toast(page)).toHaveCount(4);
    await expect(toasts(page)).toContainText("and 2 earlier: dismiss one to read it");
    const read: string[] = [];
    for (let left = 6; left > 0; left--) {
      read.push((await toast(page).last().getByRole("code").textContent())!);
      await toast(page).last().getByRole("button", { name: "Dismiss" }).click();
    }
    expect(read).toEqual(["id-6", "id-5", "id-4", "id-3", "id-2", "id-1"]);
    await expect(toast(page)).toHaveCount(0);
  });

  test("what is done after all is told no more", async ({ page, open, api }) => {
    await open(await incidentOf(api));
    await page.route(/act=/, (route) => route.abort(), { times: 1 });
    await note(page).fill("Its cache is full.");
    await page.getByRole("button", { name: "Add note" }).click();
    await expect(lost(page)).toBeVisible();
    await page.getByRole("button", { name: "Add note" }).click();
    await expect(page.getByRole("region", { name: "Time line" })).toContainText("Its cache is full.");
    await expect(lost(page)).toHaveCount(0);
  });

  test("a form whose answer was lost is done once, by Retry and by its own button", async ({ page, open, api }) => {
    const incident = await incidentOf(api);
    await open(incident);
    const told = page.getByRole("region", { name: "Time line" }).getByText("Its cache is full.");
    for (const [again, count] of [
      [() => lost(page).getByRole("button", { name: "Retry" }).click(), 1],
      [() => page.getByRole("button", { name: "Add note" }).click(), 2],
    ] as const) {
      await page.route(
        /act=/,
        async (route) => {
          await route.fetch({ maxRedirects: 0 });
          await route.abort();
        },
        { times: 1 },
      );
      await note(page).fill("Its cache is full.");
      await page.getByRole("button", { name: "Add note" }).click();
      await expect(lost(page)).toBeVisible();
      await again();
      await expect(lost(page)).toHaveCount(0);
      // The form is on its way to this page itself.
      await expect(() => page.goto(incident)).toPass();
      await expect(told).toHaveCount(count);
    }
    await expect(page).toHaveURL(new RegExp(INCIDENTS));
  });
});
