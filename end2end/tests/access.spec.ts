import type { Page } from "@playwright/test";
import { LIST, pathOf } from "../support/api";
import { postgres, unique } from "../support/connections";
import { fill, input } from "../support/form";
import { Panel } from "../support/panel";
import { password } from "../support/switchboard";
import { expect, test } from "../support/test";
import { toast } from "../support/toast";

async function signInAs(page: Page, email: string): Promise<void> {
  await fill(page, { "E-mail address": email, Password: password });
  await page.getByRole("button", signIn).click();
}

async function signOut(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", signIn)).toBeVisible();
}

const withoutScript = { tag: "@no-javascript" };
const signIn = { name: "Sign in", exact: true };

test.describe("someone who is not signed in", () => {
  test.use({ role: "nobody" });

  test("signs in and is where they were going; signs out and is out", withoutScript, async ({ page, open, switchboard, context }) => {
    await switchboard.session("viewer");
    await open(`${LIST}?kind=tcp&sort=-updated_at`);
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    await fill(page, { "E-mail address": "viewer@example.org", Password: password });
    await page.getByRole("button", signIn).click();
    await expect(page).toHaveURL(`${LIST}?kind=tcp&sort=-updated_at`);

    const [cookie, ...others] = await context.cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ name: "switchboard", httpOnly: true, sameSite: "Lax", path: "/", domain: "127.0.0.1" });

    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", signIn)).toBeVisible();
    await context.addCookies([cookie!]);
    await open(LIST);
    await expect(page).toHaveURL(/\/sign-in/);
  });

  test("is refused with a wrong password, in the words for an unknown address", withoutScript, async ({ page, open, switchboard, context }) => {
    await switchboard.session("viewer");
    for (const email of ["viewer@example.org", "nobody@example.org"]) {
      await open("/sign-in");
      await fill(page, { "E-mail address": email, Password: "wrong password" });
      await page.getByRole("button", signIn).click();
      // In the card, where the person is looking; it is nothing to look up.
      await expect(page.getByRole("alert")).toHaveText(/The e-mail address or password is not right\. Check both and try again\./);
      await expect(toast(page)).toHaveCount(0);
      await expect(page.getByText("Correlation ID")).toHaveCount(0);
      await expect(page.getByLabel("E-mail address")).toHaveValue(email);
      await expect(page).toHaveURL(/\/sign-in/);
    }
    expect(await context.cookies()).toEqual([]);
  });

  test("is not led to another site by the address", async ({ page, open, switchboard }) => {
    await switchboard.session("viewer");
    await open("/sign-in?next=https://example.org/");
    await fill(page, { "E-mail address": "viewer@example.org", Password: password });
    await page.getByRole("button", signIn).click();
    await expect(page).toHaveURL("/");
  });
});

test.describe("before the first operator", () => {
  test.use({ role: "nobody", settings: {} });

  test("the first page says how to make one, and leads there", withoutScript, async ({ page, open, switchboard }) => {
    await open("/");
    await expect(page.getByRole("heading", { level: 1, name: "Not set up yet" })).toBeVisible();
    await expect(page.getByText("switchboard operators create you@example.org --role admin")).toBeVisible();
    await expect(page.getByLabel("Password")).toHaveCount(0);
    await open("/setup");
    await expect(page.getByRole("heading", { level: 1, name: "Not set up yet" })).toBeVisible();

    await open("/setup?token=stale");
    await fill(page, { "E-mail address": "first@example.org", Password: password });
    await page.getByRole("button", { name: "Create administrator" }).click();
    await expect(page.getByRole("alert")).toContainText("This set-up link is not valid any more.");

    await open(new URL(switchboard.setupUrl).pathname + new URL(switchboard.setupUrl).search);
    await fill(page, { "E-mail address": "first@example.org", Password: password });
    await page.getByRole("button", { name: "Create administrator" }).click();
    await expect(page.getByRole("heading", { name: "Nothing to watch yet" })).toBeVisible();
    await page.context().clearCookies();
    await open("/setup");
    await expect(page.getByRole("heading", signIn)).toBeVisible();
    await open(new URL(switchboard.setupUrl).pathname + new URL(switchboard.setupUrl).search);
    await expect(page.getByRole("heading", { name: "Set up already" })).toBeVisible();
    await page.getByRole("link", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", signIn)).toBeVisible();
  });
});

test.describe("whose session has ended", () => {
  test.use({ role: "operator" });

  test("is told with the way to sign in, and comes back to the page", async ({ page, open, context, api, services }) => {
    const connection = await api.create(postgres(services));
    await open(`${pathOf(connection)}?x=1`);
    await context.clearCookies();
    await page.getByRole("button", { name: "Test connection" }).click();
    await expect(toast(page)).toContainText("Your session has ended.");
    await expect(toast(page)).not.toContainText("Correlation ID");
    await toast(page).getByRole("link", { name: "Sign in" }).click();
    await fill(page, { "E-mail address": "operator@example.org", Password: password });
    await page.getByRole("button", signIn).click();
    await expect(page).toHaveURL(`${pathOf(connection)}?x=1`);
  });
});

test.describe("who signs out in another tab", () => {
  test.use({ role: "nobody" });

  test.beforeEach(async ({ page, open, switchboard }) => {
    await switchboard.session("viewer");
    await open("/sign-in?next=/operations/health");
    await signInAs(page, "viewer@example.org");
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
  });

  test("is told so in this one at once, and comes back to it", async ({ page, context }) => {
    await signOut(await context.newPage());
    await expect(toast(page)).toContainText("Your session has ended.", { timeout: 3_000 });
    await expect(page.getByText("Session ended", { exact: true })).toBeVisible();
    await expect(page.getByText("Live", { exact: true })).toHaveCount(0);
    await toast(page).getByRole("link", { name: "Sign in" }).click();
    await signInAs(page, "viewer@example.org");
    await expect(page).toHaveURL("/operations/health");
    await expect(page.getByText("Live", { exact: true })).toBeVisible();
  });

  test("is told so when this one is looked at again", async ({ page, context }) => {
    const look = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    const closed = page.waitForEvent("requestfailed", (request) => request.url().includes("/api/events"));
    await look(true);
    await closed;
    await signOut(await context.newPage());
    await expect(toast(page)).toHaveCount(0);
    await look(false);
    await expect(toast(page)).toContainText("Your session has ended.");
    await expect(page.getByText("Session ended", { exact: true })).toBeVisible();
  });
});

test("a stream that is refused for another reason is asked for again", async ({ page, open }) => {
  let refused = 0;
  await page.route("**/api/events*", async (route) => {
    if (route.request().method() === "HEAD" || refused > 0) return route.continue();
    refused += 1;
    await route.fulfill({ status: 502, body: "" });
  });
  await open("/operations/health");
  await expect(page.getByText(/^Connection lost/)).toBeVisible();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  expect(refused).toBe(1);
  await expect(toast(page)).toHaveCount(0);
});

test.describe("behind TLS", () => {
  test.use({ role: "nobody", settings: { SWITCHBOARD_PUBLIC_URL: "https://console.example.org" } });

  test("the session's cookie insists on it", async ({ switchboard, request }) => {
    await switchboard.command(["operators", "create", "eve@example.org", "--role", "viewer"], password);
    const answer = await request.post("/actions/sign_in", { form: { email: "eve@example.org", password } });
    const cookie = answer.headersArray().find(({ name }) => name.toLowerCase() === "set-cookie")!.value;
    expect(cookie).toMatch(/^__Host-switchboard=[^;]{20,};/);
    for (const flag of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) expect(cookie).toContain(flag);
    expect(cookie).not.toContain("Domain");
  });
});

test("a token's secret is shown once, works, and is revoked", withoutScript, async ({ page, open, switchboard, playwright }) => {
  const name = unique("pipeline");
  await open("/settings/tokens");
  await fill(page, { Name: name, Role: "operator" });
  await page.getByRole("button", { name: "Create token" }).click();
  const secret = await page.getByRole("region", { name: `Token “${name}” is ready` }).getByRole("code").innerText();
  expect(secret).toMatch(/^sbt_\S{20,}$/);
  const posts: string[] = [];
  page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
  await page.reload();
  expect(posts).toEqual([]);
  expect(await page.content()).not.toContain(secret);
  await expect(page.getByRole("row").filter({ hasText: name })).toHaveCount(1);

  const program = await playwright.request.newContext({ baseURL: switchboard.baseURL, extraHTTPHeaders: { authorization: `Bearer ${secret}` } });
  expect((await program.get("/api/service-connections")).status()).toBe(200);

  await open("/settings/tokens");
  const row = page.getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("Operator");
  expect(await page.content()).not.toContain(secret);

  await row.getByText("Revoke", { exact: true }).click();
  await row.getByRole("button", { name: `Revoke “${name}”` }).click();
  await expect(row).toHaveCount(0);
  expect((await program.get("/api/service-connections")).status()).toBe(401);
  await program.dispose();
});

test("whoever acts by a key goes on from the heading of what came of it", async ({ page, open }) => {
  const name = unique("by key");
  await open("/settings/tokens");
  await fill(page, { Name: name });
  await input(page, "Name").press("Enter");
  await expect(page.getByRole("heading", { name: `Token “${name}” is ready` })).toBeFocused();
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });

  test("looks, and can act neither by page nor by request", withoutScript, async ({ page, open, api, services }) => {
    const panel = new Panel(page);
    const connection = await api.verified(postgres(services));
    await open(pathOf(connection));
    await panel.expectPassed();
    await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
    await expect(page.getByRole("link", { name: "Edit" })).toHaveCount(0);
    await expect(page.getByRole("navigation", { name: "Console" }).getByRole("listitem")).toHaveText(["Overview", "Connections", "Diagnostics", "Health", "Incidents", "Today", "Runbooks", "Channels", "On call", "Team"]);
    await open(LIST);
    await expect(page.getByRole("link", { name: "New connection" })).toHaveCount(0);

    for (const path of [`${LIST}/new`, `${pathOf(connection)}/edit`, "/operations/diagnostics/new", "/settings/tokens", "/settings/audit", "/operations/errors"]) {
      expect((await open(path)).status(), path).toBe(403);
      await expect(page.getByText("Your role does not allow this.")).toBeVisible();
    }
    const forms: Record<string, Record<string, string>> = {
      apply_transition: { id: connection.id, step: "activate" },
      start_verification: { id: connection.id },
      test_connection: { id: connection.id },
      save_connection: { kind: "tcp", name: unique("x"), environment: "development", "settings[host]": "a", "settings[port]": "1" },
      start_diagnostics: { scope: "chosen", "connection_ids[]": connection.id },
      issue_token: { name: unique("x"), role: "viewer" },
    };
    for (const [act, form] of Object.entries(forms)) {
      const answer = await page.request.post(`/actions/${act}`, { form, headers: { "sec-fetch-site": "same-origin" } });
      expect(answer.status(), act).toBe(403);
    }
    expect(await api.get(connection.id)).toMatchObject({ state: "verified", version: 1 });
  });
});
