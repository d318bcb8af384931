import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/accessible";
import { fill } from "../support/form";
import type { Services } from "../support/services";
import { password } from "../support/switchboard";
import { expect, test as base } from "../support/test";

/** What the provider says of a person. */
type Person = { email?: string; email_verified?: boolean; groups?: string[] };

const NAME = "Example ID";
const everywhere = { tag: ["@no-javascript", "@phone"] };
const plain = { tag: "@no-javascript" };

const withProvider = ({ oidc }: Services, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  SWITCHBOARD_OIDC_ISSUER: oidc.issuer,
  SWITCHBOARD_OIDC_NAME: NAME,
  SWITCHBOARD_OIDC_CLIENT_ID: oidc.client_id,
  SWITCHBOARD_OIDC_CLIENT_SECRET: oidc.client_secret,
  SWITCHBOARD_OIDC_GROUPS: "ops-admins=default:admin, ops-viewers=default:viewer",
  ...more,
});

/** Makes somebody at the provider, under a name of this test's own, or changes them. */
const test = base.extend<{ someone: string; be: (person: Person) => Promise<void> }>({
  role: "nobody",
  settings: async ({ services }, use) => use(withProvider(services)),
  someone: async ({}, use, { testId, project, retry }) => use(`${project.name}_${testId}_${retry}`.replace(/\W/g, "_")),
  be: async ({ services, someone, playwright }, use) => {
    const context = await playwright.request.newContext();
    await use(async (person) => {
      const data = { email: `${someone}@id.example`, email_verified: true, groups: ["ops-admins"], ...person };
      expect((await context.put(`${services.oidc.issuer}/people/${someone}`, { data })).status()).toBe(204);
    });
    await context.dispose();
  },
  page: async ({ page }, use) => {
    // The provider's own pages ask for letters from elsewhere.
    await page.route(/googleapis/, (route) => route.abort());
    await use(page);
  },
});

test.beforeEach(async ({ switchboard }) => {
  await switchboard.command(["operators", "create", "owner@example.org", "--role", "admin"], password);
});

const way = (page: Page) => page.getByRole("link", { name: `Sign in with ${NAME}` });
const alert = (page: Page) => page.getByRole("main").getByRole("alert").filter({ hasText: /\S/ });

/** At the provider: says who they are there, and agrees. */
async function proveAndAgree(page: Page, someone: string): Promise<void> {
  await prove(page, someone);
  await page.getByRole("button", { name: "Continue" }).click();
}

async function prove(page: Page, someone: string): Promise<void> {
  await page.getByPlaceholder("Enter any login").fill(someone);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(way(page)).toBeVisible();
}

test("someone comes in by the provider, again, and as something else once their groups have changed", plain, async ({ page, open, someone, be, context }) => {
  await be({ groups: ["ops-admins"] });
  await open("/settings/tokens?x=1");
  const session = async () => (await context.cookies()).find(({ name }) => name === "switchboard")!.value;
  await way(page).click();
  const planted = await session();
  await proveAndAgree(page, someone);
  await expect(page).toHaveURL("/settings/tokens?x=1");
  await expect(page.getByRole("heading", { level: 1, name: "API tokens" })).toBeVisible();
  expect(await session()).not.toBe(planted);
  await open("/settings/profile");
  await expect(page.getByRole("heading", { level: 1, name: `${someone}@id.example`.toLowerCase() })).toBeVisible();
  await expect(page.getByText("Administrator of Default")).toBeVisible();
  await expect(page.getByText(`This account is linked: you sign in to it with ${NAME}.`)).toBeVisible();

  await signOut(page);
  await be({ groups: ["ops-viewers"] });
  // The provider knows them still, and asks nothing.
  await way(page).click();
  await expect(page).toHaveURL("/");
  await open("/settings/profile");
  await expect(page.getByText("Viewer of Default")).toBeVisible();

  await signOut(page);
  await expect(page.getByRole("status")).toContainText(`You are signed out here, but perhaps not of ${NAME}.`);
  await page.getByRole("link", { name: `Sign out of ${NAME}` }).click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await way(page).click();
  await expect(page.getByPlaceholder("Enter any login")).toBeVisible();
});

test("whoever is not let in reads why, and it is written down", plain, async ({ page, open, someone, be, api }) => {
  await be({ groups: ["others"] });
  await open("/sign-in?next=/operations/health");
  await way(page).click();
  await proveAndAgree(page, someone);
  await expect(alert(page)).toHaveText("None of your groups may use this console. Ask whoever manages your groups for one that may, then sign in again.");
  await expect(page).toHaveURL(/\/sign-in\?refused=no_group&next=%2Foperations%2Fhealth$/);

  await be({ email_verified: false });
  await way(page).click();
  await expect(alert(page)).toContainText("The identity provider has not verified your e-mail address.");
  await be({ email: "owner@example.org" });
  await way(page).click();
  await expect(alert(page)).toContainText("There is an account with your e-mail address, and it is not linked.");

  await open("/sign-in/callback?code=x&state=forged");
  await expect(alert(page)).toHaveText("This sign-in was not begun here, or is over already. Begin again, and go on in the same window.");
  const lines = await (await api.http.get("/api/audit?act=sign_in_refused")).json();
  // Once a minute for each person at the provider, and for whoever is nobody there.
  expect(lines.items).toMatchObject([
    { actor: "single sign-on", act: "sign_in_refused", detail: { reason: "sign_on_unknown" } },
    { actor: "single sign-on", act: "sign_in_refused", detail: { reason: "no_group", name: `${someone}@id.example`.toLowerCase() } },
  ]);
});

test("a sign-in ends once, and not without consent", plain, async ({ page, open, someone, be }) => {
  await be({});
  await open("/sign-in");
  await way(page).click();
  await prove(page, someone);
  await page.getByRole("link", { name: /Cancel/ }).click();
  await expect(alert(page)).toContainText("The identity provider did not let you in.");

  const back = page.waitForRequest((request) => request.url().includes("/sign-in/callback?"));
  await way(page).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page).toHaveURL("/");
  await page.context().clearCookies({ name: "switchboard" });
  await open(new URL((await back).url()).pathname + new URL((await back).url()).search);
  await expect(alert(page)).toContainText("This sign-in was not begun here, or is over already.");
});

test("nobody is led to another site by the address", async ({ page, someone, be }) => {
  await be({});
  await page.goto("/sign-in/start?next=https://example.org/");
  await proveAndAgree(page, someone);
  await expect(page).toHaveURL("/");
});

test("an account with a password is linked by its owner", plain, async ({ page, open, someone, be }) => {
  await be({ email: "owner@example.org", groups: ["ops-admins"] });
  await open("/sign-in");
  await fill(page, { "E-mail address": "owner@example.org", Password: password });
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL("/");
  await open("/settings/profile");
  await page.getByRole("link", { name: `Link to ${NAME}` }).click();
  await proveAndAgree(page, someone);
  await expect(page).toHaveURL("/settings/profile");
  await expect(page.getByText(`At ${NAME} you are owner@example.org.`)).toBeVisible();
  for (const secret of ["wrong password", password]) {
    await page.getByLabel("Your password here").fill(secret);
    await page.getByRole("button", { name: "Link", exact: true }).click();
    if (secret !== password) await expect(page.getByText("This is not your password.")).toBeVisible();
  }
  await expect(page.getByText(`This account is linked: you sign in to it with ${NAME}.`)).toBeVisible();
  await signOut(page);
  await way(page).click();
  await expect(page).toHaveURL("/");
  await open("/settings/profile");
  await expect(page.getByRole("heading", { level: 1, name: "owner@example.org" })).toBeVisible();

  await expect(page.getByText(`As ${someone} of `)).toBeVisible();
  for (const secret of ["wrong password", password]) {
    await page.getByLabel("Your password").fill(secret);
    await page.getByRole("button", { name: "Unlink" }).click();
    if (secret !== password) await expect(page.getByText("This is not your password.")).toBeVisible();
  }
  await expect(page.getByRole("link", { name: `Link to ${NAME}` })).toBeVisible();
  await signOut(page);
  await way(page).click();
  await expect(alert(page)).toContainText("There is an account with your e-mail address, and it is not linked.");
});

// What axe looks with is script.
test("the pages are for everyone", { tag: "@phone" }, async ({ page, open, someone, be }) => {
  await be({});
  await open("/sign-in?refused=provider_unavailable");
  await expect(alert(page)).toContainText("The identity provider does not answer.");
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await way(page).click();
  await proveAndAgree(page, someone);
  await open("/settings/profile");
  await expectAccessible(page);
});

test.describe("without passwords", () => {
  test.use({ settings: async ({ services }, use) => use(withProvider(services, { SWITCHBOARD_OIDC_ONLY: "yes" })) });

  test("there is one way in, and the command line goes on", everywhere, async ({ page, open, someone, be, request, switchboard, javaScriptEnabled }) => {
    await be({});
    await open("/sign-in");
    await expect(page.getByLabel("Password")).toHaveCount(0);
    if (javaScriptEnabled) await expectAccessible(page);
    const answer = await request.post("/actions/sign_in", { form: { email: "owner@example.org", password } });
    expect([answer.status(), (await answer.json()).code]).toEqual([403, "passwords_off"]);
    expect(await switchboard.command(["operators", "list"])).toContain("owner@example.org");
    await way(page).click();
    await proveAndAgree(page, someone);
    await expect(page).toHaveURL("/");
    await open("/settings/profile");
    await expect(page.getByText("Administrator of Default")).toBeVisible();
    await expect(page.getByRole("heading", { name: "Password" })).toHaveCount(0);
  });
});

test.describe("a provider that is away", () => {
  test.use({ settings: async ({ services }, use) => use(withProvider(services, { SWITCHBOARD_OIDC_ISSUER: "http://127.0.0.1:9" })) });

  test("is said so in the card", plain, async ({ page, open }) => {
    await open("/sign-in");
    await way(page).click();
    await expect(alert(page)).toContainText("The identity provider does not answer.");
    await expect(page.getByLabel("Password")).toBeVisible();
  });
});
