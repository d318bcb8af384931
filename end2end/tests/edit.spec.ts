import { pathOf } from "../support/api";
import { https, postgres, redis, tcp, unique } from "../support/connections";
import { fill, input, save } from "../support/form";
import { Panel } from "../support/panel";
import { freePort } from "../support/switchboard";
import { expect, test } from "../support/test";
import { toast } from "../support/toast";

const withoutScript = { tag: "@no-javascript" };

test("an edit of an active connection says beforehand what it costs", withoutScript, async ({ page, open, api, services }) => {
  const panel = new Panel(page);
  const connection = await api.active(postgres(services));
  await open(`${pathOf(connection)}/edit`);
  await expect(page.getByText("This connection is active. Changing a field marked with a lock makes it a draft again")).toBeVisible();
  for (const guarded of ["Host", "Database", "Password"]) {
    await expect(page.locator(".field").filter({ has: input(page, guarded) })).toContainText("A change asks for a new test");
  }

  await fill(page, { Name: unique("Renamed"), Tags: "eu", Owner: "payments" });
  await save(page);
  await panel.expectState("Active");

  await page.getByRole("link", { name: "Edit" }).click();
  await fill(page, { Database: "postgres" });
  await save(page);
  await panel.expectState("Draft");
  await expect(panel.activate).toHaveCount(0);
  await expect(page.getByText("That was version 1; this is version 3. Test it as it is now.")).toBeVisible();
  await expect(page.getByRole("region", { name: "History" }).getByRole("listitem").first()).toContainText("Edited, and a draft again");
});

for (const connection of [postgres, redis, https, tcp]) {
  test(`saving the form of an active connection as it is changes nothing: ${connection.name}`, withoutScript, async ({ page, open, api, services }) => {
    const panel = new Panel(page);
    const active = await api.active(connection(services));
    const { settings } = await api.get(active.id);
    await open(`${pathOf(active)}/edit`);
    await save(page);
    await panel.expectState("Active");
    await panel.expectPassed();
    expect((await api.get(active.id)).settings).toEqual(settings);
  });
}

test("a new credential makes a draft, an untouched one is kept", withoutScript, async ({ page, open, api, services }) => {
  const panel = new Panel(page);
  const connection = await api.active(postgres(services));
  await open(`${pathOf(connection)}/edit`);
  await expect(input(page, "Password")).toHaveValue("");
  await fill(page, { "Heartbeat every": 120 });
  await save(page);
  await panel.expectState("Active");

  await page.getByRole("link", { name: "Edit" }).click();
  await fill(page, { Password: services.postgres.password });
  await save(page);
  await panel.expectState("Draft");
  await panel.test();
  await panel.expectPassed();
});

test("a changed address asks for the credential again", withoutScript, async ({ page, open, api, services }) => {
  const panel = new Panel(page);
  const connection = await api.active(postgres(services));
  const port = await freePort();
  await open(`${pathOf(connection)}/edit`);
  await fill(page, { Port: port });
  await save(page);
  await expect(input(page, "Password")).toHaveAccessibleDescription(/The address or its proof changed, so the stored credential was not kept for it\. Enter the credential again\./);
  await expect(input(page, "Port")).toHaveValue(String(port));
  expect(await api.get(connection.id)).toMatchObject({ state: "active", version: 1 });

  await fill(page, { Password: "of the new server" });
  await save(page);
  await panel.expectState("Draft");
  await panel.test();
  await panel.expectFailed("Accepts a connection", "Check the port, and that the service is running.");
});

test("of two tabs that edit, the second is told", withoutScript, async ({ page, open, api, services, context, javaScriptEnabled }) => {
  const connection = await api.create(tcp(services));
  const edit = `${pathOf(connection)}/edit`;
  await open(edit);
  const other = await context.newPage();
  await other.goto(edit);
  await fill(other, { Owner: "first" });
  await save(other);
  await expect(other.getByRole("heading", { name: "Verification" })).toBeVisible();

  await fill(page, { Owner: "second" });
  await save(page);
  await expect(toast(page)).toContainText("Someone changed this in the meantime. Load it again and repeat your change; what you typed into the form stays there.", { useInnerText: true });
  await expect(input(page, "Owner")).toHaveValue("second");
  expect(await api.get(connection.id)).toMatchObject({ owner: "first", version: 2 });

  // As it says: loaded again, what was typed is there and can be saved. Without script that has happened already.
  if (javaScriptEnabled) {
    page.on("dialog", (dialog) => dialog.accept());
    await page.reload();
    await expect(input(page, "Owner")).toHaveValue("second");
  }
  await save(page);
  await expect(page.getByRole("heading", { name: "Verification" })).toBeVisible();
  expect(await api.get(connection.id)).toMatchObject({ owner: "second", version: 3 });
});

test("a button that an edit left behind activates nothing", withoutScript, async ({ page, open, api, services }) => {
  const panel = new Panel(page);
  const connection = await api.verified(postgres(services));
  await open(pathOf(connection));
  await api.edit(connection, { settings: { database: "postgres" } });
  await panel.activate.click();
  await expect(toast(page)).toContainText(/Test the connection (first|as it is now)/);
  expect(await api.get(connection.id)).toMatchObject({ state: "draft" });
});
