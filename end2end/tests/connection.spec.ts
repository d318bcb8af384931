import { LIST, pathOf } from "../support/api";
import { postgres, unique } from "../support/connections";
import { fill, save, type Values } from "../support/form";
import { Panel } from "../support/panel";
import type { Services } from "../support/services";
import { startSlow } from "../support/slow";
import { freePort, password } from "../support/switchboard";
import { expect, test } from "../support/test";

const everywhere = { tag: ["@no-javascript", "@phone"] };
const withoutScript = { tag: "@no-javascript" };

/** For each kind: what a person fills in for a service that is well. */
const healthy: Record<string, (services: Services) => Values> = {
  PostgreSQL: ({ postgres: { host, port, database, user, password } }) => ({
    Host: host,
    Port: port,
    Database: database,
    User: user,
    Password: password,
    TLS: "require",
  }),
  Redis: ({ redis_tls: { port, password }, nginx }) => ({
    Host: "localhost",
    Port: port,
    Password: password,
    TLS: true,
    "Certificate authority": nginx.ca_pem,
  }),
  HTTP: ({ nginx }) => ({
    URL: `${nginx.tls}/bearer`,
    Authentication: "bearer",
    Token: nginx.bearer_token,
    Conditions: "json:$.status == ok",
    "Certificate authority": nginx.ca_pem,
  }),
  TCP: ({ redis_open: { host, port } }) => ({ Host: host, Port: port, Send: "PING\\r\\n", Expect: "+PONG" }),
};

test.describe("a newcomer", () => {
  test.use({ role: "nobody", settings: {} });

  test("follows the link and brings a database to life, without typing an address", everywhere, async ({ page, switchboard, services, isMobile }) => {
    const panel = new Panel(page);
    await page.goto(switchboard.setupUrl);
    await fill(page, { "E-mail address": "ada@example.org", Password: password });
    await page.getByRole("button", { name: "Create administrator" }).click();

    await page.getByRole("link", { name: "Add the first connection" }).click();
    await page.getByRole("link", { name: /^PostgreSQL/ }).click();
    await fill(page, { Name: "Orders database", ...healthy.PostgreSQL!(services) });
    await save(page);
    await expect(page.getByRole("heading", { level: 1, name: "Orders database" })).toBeVisible();
    await panel.expectState("Draft");

    await panel.test();
    await panel.expectPassed();
    await panel.expectState("Verified");
    await panel.activate.click();
    await panel.expectState("Active");
    await page.getByRole("button", { name: "Suspend" }).click();
    await panel.expectState("Suspended");
    await page.locator("#connection-head").getByRole("button", { name: "Resume" }).click();
    await panel.expectState("Active");

    const history = page.getByRole("region", { name: "History" }).getByRole("listitem");
    await expect(history).toContainText([/^Resumed/, /^Suspended/, /^Activated/, /^Test passed/, /^Created/]);
    await expect(history.first()).toContainText("by ada@example.org");

    await page.locator("summary").filter({ hasText: "Archive" }).click();
    await page.getByRole("button", { name: "Archive “Orders database”" }).click();
    await expect(page.getByRole("heading", { name: "No connections yet" })).toBeVisible();
    if (!isMobile) await expect(page.getByRole("link", { name: "Connections" }).first()).toHaveAttribute("aria-current", "page");
  });
});

for (const [kind, form] of Object.entries(healthy)) {
  test(`${kind}: configured, tested, activated`, withoutScript, async ({ page, open, services }) => {
    const panel = new Panel(page);
    await open(`${LIST}/new`);
    await page.getByRole("link", { name: new RegExp(`^${kind}`) }).click();
    await fill(page, { Name: unique(kind), ...form(services) });
    await save(page);
    await panel.test();
    await panel.expectPassed();
    await panel.activate.click();
    await panel.expectState("Active");
  });
}

/** What is changed about a healthy service, which step then fails, and what the person is told to do. */
const broken: { what: string; kind: string; change: (services: Services) => Values | Promise<Values>; step: string; remediation: string }[] = [
  {
    what: "wrong password",
    kind: "PostgreSQL",
    change: () => ({ Password: "not the password" }),
    step: "Signs in",
    remediation: "Check the user and the password, and enter them again.",
  },
  {
    what: "closed port",
    kind: "PostgreSQL",
    change: async () => ({ Port: await freePort() }),
    step: "Accepts a connection",
    remediation: "Check the port, and that the service is running.",
  },
  {
    what: "unknown host",
    kind: "PostgreSQL",
    change: () => ({ Host: "orders.invalid" }),
    step: "Host name resolves",
    remediation: "Check the host for typing errors, and that its DNS record exists.",
  },
  {
    what: "wrong database",
    kind: "PostgreSQL",
    change: () => ({ Database: "oders" }),
    step: "Opens the database",
    remediation: "Check the name of the database, or create it.",
  },
  {
    what: "wrong password",
    kind: "Redis",
    change: () => ({ Password: "not the password" }),
    step: "Signs in",
    remediation: "Check the user and the password, and enter them again.",
  },
  {
    what: "wrong token",
    kind: "HTTP",
    change: () => ({ Token: "not-the-token" }),
    step: "Accepts the credential",
    remediation: "Check the token, and enter it again.",
  },
  {
    what: "expired certificate",
    kind: "HTTP",
    change: ({ nginx }) => ({ URL: nginx.expired }),
    step: "Encrypts with a certificate for this host",
    remediation: "Renew the certificate on the service, then test again.",
  },
  {
    what: "self-signed certificate",
    kind: "HTTP",
    change: ({ nginx }) => ({ URL: nginx.self_signed }),
    step: "Encrypts with a certificate for this host",
    remediation: "Send the full chain from the service, or paste the certificate of its private authority into the form.",
  },
  {
    what: "certificate for another host",
    kind: "HTTP",
    change: ({ nginx }) => ({ URL: nginx.wrong_host }),
    step: "Encrypts with a certificate for this host",
    remediation: "Use the name that the certificate is for, or issue one for this host: a number as an IP address, not as a DNS name.",
  },
];

for (const { what, kind, change, step, remediation } of broken) {
  test(`${kind}, ${what}: “${step}” fails, and activation is refused`, withoutScript, async ({ page, open, api, services }) => {
    const panel = new Panel(page);
    await open(`${LIST}/new?kind=${{ PostgreSQL: "postgres", Redis: "redis", HTTP: "http" }[kind]}`);
    await fill(page, { Name: unique(kind), ...healthy[kind]!(services), ...(await change(services)) });
    await save(page);
    await panel.test();
    await panel.expectFailed(step, remediation);
    await panel.expectState("Draft");

    const refused = await api.http.post(`/api/service-connections/${page.url().split("/").at(-1)}/activate`);
    expect(refused.status()).toBe(409);
    expect(await refused.json()).toMatchObject({ code: "verification_required" });
  });
}

test("steps come in one by one, and the test cannot be started twice", async ({ page, open, api }) => {
  const slow = await startSlow();
  const created = await api.create({ name: unique("Slow API"), kind: "http", environment: "development", settings: { url: slow.url } });

  const panel = new Panel(page);
  await open(pathOf(created));
  await expect(panel.step("Host name resolves")).toContainText("Not run");
  await panel.button.click();
  await expect(panel.step("Accepts a connection")).toContainText(/Passed\s*[\d.]+\sms/);
  await expect(panel.step("Answers with the expected status")).toContainText("Running");
  await expect(panel.step("Meets the conditions")).toContainText("Waiting");
  await expect(panel.root.getByRole("status")).toHaveText("Testing against the real service");
  await expect(panel.button).toBeDisabled();
  await expect(panel.activate).toHaveCount(0);

  // Someone who comes now sees the same test.
  await page.reload();
  await expect(panel.step("Answers with the expected status")).toContainText("Running");
  await expect.poll(slow.asked).toBe(1);

  slow.answer();
  await panel.expectPassed();
  await panel.expectState("Verified");
  await expect(panel.activate).toBeVisible();
  slow.stop();
});

test("a test that went out of sight is found again by Retry, before its first step has ended too", async ({ page, open, api }) => {
  const slow = await startSlow();
  const created = await api.create({ name: unique("Slow API"), kind: "http", environment: "development", settings: { url: slow.url } });
  let lost = 0;
  await page.route("**/actions/{start_verification,verification}", async (route) => {
    if (route.request().url().endsWith("/verification") && lost++ === 0) return route.abort();
    const answer = await route.fetch();
    const trial = await answer.json();
    return route.fulfill({ response: answer, json: lost > 1 ? trial : { ...trial, rows: [] } });
  });

  const panel = new Panel(page);
  await open(pathOf(created));
  await panel.button.click();
  await expect(panel.root.getByRole("status")).toHaveText("The test went out of sight");
  slow.answer();
  await page.getByRole("region", { name: "Notifications" }).getByRole("button", { name: "Retry" }).click();
  await panel.expectPassed();
  await expect(panel.button).toBeEnabled();
  slow.stop();
});

test("whoever tests and activates by a key does not begin at the top of the page again", async ({ page, open, api, services }) => {
  const panel = new Panel(page);
  await open(pathOf(await api.create(postgres(services))));
  await panel.button.focus();
  await page.keyboard.press("Enter");
  await panel.expectPassed();
  await expect(panel.button).toBeFocused();
  await panel.activate.focus();
  await page.keyboard.press("Enter");
  await expect(panel.activate).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("the same by API", async ({ api, services }) => {
  const created = await api.create(postgres(services));
  expect(created).toMatchObject({ state: "draft", version: 1 });
  expect(await api.verify(created)).toBe("passed");
  for (const [step, state] of [["activate", "active"], ["suspend", "suspended"], ["resume", "active"]] as const) {
    await api.step(created, step);
    expect(await api.get(created.id)).toMatchObject({ state });
  }
  await api.archive(created);
  expect(await api.get(created.id)).toMatchObject({ state: "archived" });
});
