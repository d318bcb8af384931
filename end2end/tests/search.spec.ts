import { LIST, pathOf, pathOfRun } from "../support/api";
import { tcp, unique } from "../support/connections";
import { expect, test } from "../support/test";

test("anything is found by its name or thread", { tag: ["@no-javascript", "@phone"] }, async ({ page, open, api, services }) => {
  const release = unique("v").replace(" ", "");
  const connection = await api.verified(tcp(services, unique("Findable")));
  const run = await api.diagnose([connection], { release });
  const correlation_id = unique("thread").replace(" ", "-");
  const report = { code: "declined", message: "no", severity: "error", service: "shop", user_message: "Declined.", correlation_id };
  expect((await api.http.post("/api/errors", { data: report })).status()).toBe(201);

  const search = async (q: string) => {
    await page.getByLabel("Search for").fill(q);
    await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  };
  await open("/search");
  await search(connection.name.toUpperCase());
  const found = (name: string) => page.getByRole("region", { name });
  await expect(found("Connections").getByRole("link", { name: connection.name })).toHaveAttribute("href", pathOf(connection));
  await search(release);
  await expect(found("Diagnostics").getByRole("link")).toHaveAttribute("href", pathOfRun(run));
  await search(run.id);
  await expect(found("Diagnostics").getByRole("link")).toHaveAttribute("href", pathOfRun(run));
  await search(correlation_id);
  await found("Errors").getByRole("link", { name: "Declined." }).click();
  await expect(page).toHaveURL(`/operations/errors/${correlation_id}`);
  await open("/search?q=token");
  await expect(found("Pages").getByRole("link", { name: "API tokens" })).toBeVisible();
  for (const [name, path] of [["profile", "/settings/profile"], ["notifications", "/operations/notifications"], ["channels", "/settings/channels"], ["new connection", `${LIST}/new`]]) {
    await search(name);
    await expect(found("Pages").getByRole("link", { name, exact: false }).first()).toHaveAttribute("href", path);
  }
  await search("unheard-of");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
});

test("the keyboard leads to the search from any page", async ({ page, open }) => {
  await open(LIST);
  const box = page.getByLabel("Search everything");
  await page.keyboard.press("/");
  await expect(box).toBeFocused();
  await expect(box).toHaveValue("");
  await page.keyboard.type("a/b");
  await expect(box).toHaveValue("a/b");
  await page.getByLabel("Search connections").focus();
  await page.keyboard.press("/");
  await expect(page.getByLabel("Search connections")).toHaveValue("/");
  await page.keyboard.press("Control+k");
  await expect(box).toBeFocused();
  await page.keyboard.type("overview");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/search?q=overview");
  await expect(page.getByRole("region", { name: "Pages" }).getByRole("link", { name: "Overview" })).toBeVisible();
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });
  test("finds no errors, which are not a viewer's to read", { tag: "@no-javascript" }, async ({ page, open, api }) => {
    const correlation_id = unique("thread").replace(" ", "-");
    await api.http.post("/api/errors", { data: { code: "declined", message: "no", severity: "error", service: "shop", correlation_id } });
    await open(`/search?q=${correlation_id}`);
    await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  });
});

test("a choice in a filter acts when it is made", async ({ page, open }) => {
  await open(LIST);
  const kind = page.getByLabel("Kind");
  // A choice by keyboard waits for the button: it passes over others on its way.
  await kind.selectOption("redis");
  await expect(page).toHaveURL(LIST);
  await kind.dispatchEvent("pointerdown");
  await kind.selectOption("smtp");
  await expect(page).toHaveURL(/kind=smtp/);
});

test("what is found stands below the box while it is typed", async ({ page, open, api, services }) => {
  const connection = await api.verified(tcp(services, unique("Suggested")));
  await open("/");
  const box = page.getByLabel("Search everything");
  const found = page.getByRole("search", { name: "Everything" }).getByRole("link");
  // Beside what is found, which covers most of the page's head.
  const leave = () => page.getByRole("heading", { level: 1 }).click({ position: { x: 2, y: 2 } });
  await page.keyboard.press("/");
  await page.keyboard.type(connection.name.toUpperCase());
  await expect(found).toHaveAttribute("href", pathOf(connection));
  await page.keyboard.press("Escape");
  await expect(found).toBeHidden();
  await expect(box).toBeFocused();
  await expect(box).toHaveValue(connection.name.toUpperCase());
  await leave();
  await box.focus();
  await expect(found).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(found).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(box).toBeFocused();
  await box.fill("unheard-of");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await leave();
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeHidden();
  await box.fill(connection.name);
  await found.click();
  await expect(page).toHaveURL(pathOf(connection));
});

test("on the page of the search too, whose address follows", async ({ page, open }) => {
  await open("/search");
  await page.getByLabel("Search for").pressSequentially("tokens");
  await expect(page.getByRole("link", { name: "API tokens" }).last()).toBeVisible();
  await expect(page).toHaveURL("/search?q=tokens");
  await page.getByLabel("Search for").fill("");
  await expect(page).toHaveURL("/search");
  await expect(page.getByRole("main").getByRole("link", { name: "API tokens" })).toBeHidden();
});

test("the search says when it cannot ask", async ({ page, open, context }) => {
  await open("/");
  const box = page.getByLabel("Search everything");
  const said = (words: string) => page.getByRole("search", { name: "Everything" }).getByText(words).first();
  await context.setOffline(true);
  await box.fill("anything");
  await expect(said("The console cannot be reached.")).toBeVisible();
  await context.setOffline(false);
  await context.clearCookies();
  await box.fill("something");
  await expect(said("You are signed out. Sign in to search.")).toBeVisible();
});
