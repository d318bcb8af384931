import { LIST, pathOf } from "../support/api";
import { redis, tcp, unique } from "../support/connections";
import { Panel } from "../support/panel";
import { expect, test } from "../support/test";

const everywhere = { tag: "@no-javascript" };

test("an archived connection comes back as a draft", everywhere, async ({ page, open, api, services }) => {
  const panel = new Panel(page);
  const connection = await api.verified(tcp(services));
  await open(pathOf(connection));
  // Apart from what is done every day.
  await expect(page.locator(".page-actions").getByText("Archive")).toHaveCount(0);
  const danger = page.getByRole("region", { name: "Archive" });
  await danger.locator("summary").click();
  await danger.getByRole("button", { name: `Archive “${connection.name}”` }).click();
  await expect(page).toHaveURL(LIST);
  expect((await api.get(connection.id)).state).toBe("archived");

  await open(pathOf(connection));
  await page.getByRole("button", { name: "Restore as a draft" }).click();
  await panel.expectState("Draft");
  await expect(page.getByRole("region", { name: "History" })).toContainText("Restored as a draft");
  expect(await api.get(connection.id)).toMatchObject({ state: "draft", name: connection.name });
});

test("a name that was taken meanwhile keeps it archived, and says so", everywhere, async ({ page, open, api, services }) => {
  const name = unique("Ledger");
  const connection = await api.create(tcp(services, name));
  await api.archive(connection);
  await api.create(tcp(services, name));
  await open(pathOf(connection));
  await page.getByRole("button", { name: "Restore as a draft" }).click();
  await expect(page.getByText("That name is taken.")).toBeVisible();
  expect((await api.get(connection.id)).state).toBe("archived");
});

test("the list tells how each is, and what never passed from what was never tried", everywhere, async ({ page, open, api, services }) => {
  const word = unique("Standing");
  const active = await api.active(tcp(services, `${word} active`));
  await api.sweep([active]);
  await api.create(tcp(services, `${word} untried`));
  await api.verify(await api.create({ ...redis(services, `${word} failing`), credential: { password: "wrong" } }));
  await open(`${LIST}?q=${encodeURIComponent(word)}`);
  const row = (name: string) => page.getByRole("row").filter({ hasText: `${word} ${name}` });
  await expect(row("active")).toContainText("Healthy");
  await expect(row("untried")).toContainText(/Not watched.*Never tested/);
  await expect(row("failing")).toContainText(/Not watched.*Failed its test/);
});
