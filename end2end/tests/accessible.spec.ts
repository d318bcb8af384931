import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { LIST } from "../support/api";
import { fill, input } from "../support/form";
import { expect, test } from "../support/seeded";
import { emptyPlaces, pathIn, places } from "../support/places";
import { test as alone } from "../support/test";
import { toast } from "../support/toast";

// They leave nothing behind that another would meet.
test.describe.configure({ mode: "parallel" });

const everywhere = { tag: "@phone" };

/** In light colours all of it; in the dark a page is the same but for its colours, and so is it on a phone. */
async function expectAccessible(page: Page) {
  if (test.info().project.name === "phone") {
    // Off by default; a thumb needs it.
    return expectNoViolations(page, new AxeBuilder({ page }).options({ rules: { "target-size": { enabled: true } } }));
  }
  await expectNoViolations(page, new AxeBuilder({ page }));
  await page.emulateMedia({ colorScheme: "dark" });
  await expectNoViolations(page, new AxeBuilder({ page }).withRules(["color-contrast", "link-in-text-block"]));
  await page.emulateMedia({ colorScheme: "light" });
}

async function expectNoViolations(page: Page, axe: AxeBuilder) {
  // What fades in has its colours only at the end. In a closed question, which is not drawn, nothing moves on.
  await page.evaluate(() => {
    const isDrawn = ({ effect }: Animation) => effect instanceof KeyframeEffect && effect.target?.checkVisibility();
    return Promise.all(document.getAnimations().filter(isDrawn).map((animation) => animation.finished));
  });
  const { violations } = await axe.analyze();
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join("\n")}`);
  expect(told.join("\n\n")).toBe("");
}

/** Nothing may be wider than the screen: on a phone one would scroll sideways. */
async function expectNoSidewaysScroll(page: Page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(content).toBeLessThanOrEqual(screen!);
}

for (const place of places) {
  test.describe(place.name, () => {
    test.use({ role: place.role ?? "admin" });
    test(`axe finds nothing: ${place.name}`, everywhere, async ({ page, open, seeded }) => {
      await open(pathIn(seeded, place));
      await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
      await expect(page).toHaveTitle(/^.+ · Switchboard$/);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    });
  });
}

test("axe finds nothing: a refused form, a toast, an open question", everywhere, async ({ page, open, seeded }) => {
  await open(`${LIST}/new?kind=postgres`);
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(input(page, "Name")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page);

  await open(seeded.draft);
  await page.route("**/actions/**", (route) => route.abort());
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(toast(page)).toBeVisible();
  await page.locator("summary").filter({ hasText: "Archive" }).click();
  await expect(page.getByRole("button", { name: /^Archive “/ })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
});

alone.describe("before anything is there", () => {
  alone.use({ settings: {} });
  alone("axe finds nothing on the empty pages", everywhere, async ({ page, open }) => {
    for (const { path } of emptyPlaces) {
      await open(path as string);
      await expectAccessible(page);
    }
  });
});

const main = (page: Page) => page.getByRole("main");

test("the overview as a screen reader meets it", async ({ page, open }) => {
  await open("/");
  await expect(main(page)).toMatchAriaSnapshot(`
    - heading "1 down, 1 degraded" [level=1]
    - paragraph:
      - link "Draft 2"
      - link "Verified 1"
      - link "Active 3"
      - link "Suspended 1"
    - region "Incidents (1)":
      - heading "Incidents (1)" [level=2]
      - link "All incidents"
      - list:
        - listitem:
          - link "Ticket search"
          - paragraph: /refused the connection/
          - text: P4 Development Open
          - button "Acknowledge"
    - list:
      - listitem:
        - link "Incident 1 1 development"
      - listitem:
        - link "Degraded 1 1 development"
      - listitem:
        - link "Healthy 1 1 development"
      - listitem:
        - link "Unknown 0"
      - listitem:
        - link "Maintenance 0"
      - listitem:
        - link "Suspended 1 1 development"
    - region "Needs a person":
      - heading "Needs a person" [level=2]
      - list:
        - listitem:
          - link "Payment API"
          - paragraph: Tested, and waits to be activated.
          - text: Development Verified
        - listitem:
          - link "Reports database"
          - paragraph: Failed its test. Do what it says there, then test again.
          - text: Development Draft
        - listitem:
          - link "1 draft waits for a first test"
    - region "By environment":
      - heading "By environment" [level=2]
      - list:
        - listitem:
          - link "Development"
          - paragraph: 4 watched
          - link "Incident 1"
          - link "Degraded 1"
          - link "Healthy 1"
          - link "Suspended 1"
    - region "Recently changed":
      - heading "Recently changed" [level=2]
      - list:
        - listitem:
          - link "Session cache"
          - paragraph: Redis
          - time: /just now|ago/
  `);
});

test("the list as a screen reader meets it", async ({ page, open }) => {
  await open(LIST);
  await expect(main(page)).toMatchAriaSnapshot(String.raw`
    - heading "Connections" [level=1]
    - link "New connection"
    - search:
      - searchbox "Search connections"
      - combobox "Environment"
      - combobox "Kind"
      - combobox "State"
      - button "Filter"
    - table "Connections":
      - rowgroup:
        - row "Name State Health Kind Environment Verified Updated"
      - rowgroup:
        - row /Image resizer Active \w+ HTTP Development/
        - row /Ledger port Draft Not watched TCP Development Never tested/:
          - cell "Ledger port":
            - link "Ledger port"
        - row /Orders database Active \w+ PostgreSQL Development/
        - row /Payment API Verified Not watched HTTP Development/
        - row /Reports database Draft Not watched PostgreSQL Development Failed its test/
        - row /Session cache Suspended Not watched Redis Development/
        - row /Ticket search Active \w+ HTTP Development/
    - navigation "Pages": 1–7 of 7
  `);
});

test("a failed connection as a screen reader meets it", async ({ page, open, seeded }) => {
  await open(seeded.failed);
  await expect(page.getByRole("region", { name: "Verification" })).toMatchAriaSnapshot(String.raw`
    - heading "Verification" [level=2]
    - paragraph:
      - status: Version 1 failed
      - time: /just now|ago/
      - text: ", tried by token tests as admin"
    - button "Test connection"
    - list:
      - listitem:
        - text: /Host name resolves Passed [\d.]+ ms/
      - listitem:
        - text: /Accepts a connection Passed [\d.]+ ms/
      - listitem:
        - text: /Encrypts as asked Passed [\d.]+ ms/
        - paragraph: /expires in \d+ days, not verified/
      - listitem:
        - text: /Signs in Failed [\d.]+ ms/
        - term: Found
        - definition: Password authentication failed for user "orders" (SQLSTATE 28P01).
        - term: Why it matters
        - definition: The service does not accept the credential.
        - term: What to do
        - definition: Check the user and the password, and enter them again.
      - listitem: Opens the database Skipped
      - listitem: Answers select 1 Skipped
      - listitem: Runs a supported version advisory Skipped
      - listitem: Accepts writes Skipped
    - paragraph:
      - text: “Signs in” failed. Do what it says, then test again. Correlation ID
      - link /[0-9a-f-]{36}/:
        - code: /[0-9a-f-]{36}/
    - link "Edit connection"
  `);
});

test("the form as a screen reader meets it", async ({ page, open }) => {
  await open(`${LIST}/new?kind=tcp`);
  await expect(main(page)).toMatchAriaSnapshot(`
    - heading "New TCP connection" [level=1]
    - region "About":
      - textbox "Name"
      - group "Environment":
        - radio "Development" [checked]
        - radio "Staging"
        - radio "Production"
    - region "TCP":
      - heading "TCP" [level=2]
      - textbox "Host"
      - paragraph: A name or an IP address.
      - textbox "Port"
      - checkbox "TLS"
      - textbox "Certificate authority"
      - textbox "Send"
      - textbox "Expect"
    - group:
      - heading "Heartbeats" [level=2]
      - text: Every 5 min, an incident after 2 failures in a row
    - region "People":
      - textbox "Owner"
      - textbox "Tags"
      - textbox "Runbook"
    - button "Save connection"
    - button "Save & test"
    - link "Cancel"
    - complementary "What the test tries":
      - list:
        - listitem: Host name resolves
        - listitem: Accepts a connection
        - listitem: Encrypts as asked
        - listitem: Says what is expected
  `);
});

test("the bar of a phone has five entries a thumb can hit, and the others one press away", everywhere, async ({ page, open }) => {
  test.skip(test.info().project.name !== "phone", "a wide window has the rail");
  await open("/");
  const bar = page.getByRole("navigation", { name: "Console" });
  const entries = bar.locator("> ul > li").locator("> a, > details > summary").filter({ visible: true });
  await expect(entries).toHaveText(["Overview", "Connections", "Health", "Incidents", "More"]);
  for (const entry of await entries.all()) {
    const { width, height } = (await entry.boundingBox())!;
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
  }
  await bar.getByText("More", { exact: true }).click();
  const others = bar.locator(".rail-sheet").getByRole("listitem").getByRole("link");
  await expect(others).toHaveText(["Diagnostics", "Today", "Runbooks", "Errors", "Channels", "On call", "Team", "API tokens", "Audit log"]);
  const profile = bar.getByRole("link", { name: "Profile of admin@example.org" });
  for (const target of [...(await others.all()), profile, bar.getByRole("button", { name: "Sign out" })]) {
    expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    await expect(target).toBeInViewport({ ratio: 1 });
  }
  await page.keyboard.press("Escape");
  await expect(others.first()).toBeHidden();
  await bar.getByText("More", { exact: true }).click();
  await others.first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Diagnostics" })).toBeVisible();
});

/** Presses Tab until this has the focus, as someone without a mouse would. */
async function tabTo(page: Page, target: ReturnType<Page["locator"]>) {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}

test("the keyboard is enough: skip to the content, fill in the form, send it, dismiss the toast", async ({ page, open }) => {
  await open(`${LIST}/new?kind=tcp`);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(main(page)).toBeFocused();

  for (const [label, text] of [["Name", "By keyboard"], ["Host", "ledger.example.org"], ["Port", "7000"]] as const) {
    await tabTo(page, input(page, label));
    await page.keyboard.type(text);
  }
  await page.route(/actions\/save_connection/, (route) => route.abort());
  await page.keyboard.press("Enter");
  await expect(toast(page)).toContainText("The console cannot be reached.");

  await tabTo(page, toast(page).getByRole("button", { name: "Dismiss" }));
  await page.keyboard.press("Enter");
  await expect(toast(page)).toHaveCount(0);
  await expect(input(page, "Name")).toHaveValue("By keyboard");
});

test("the keyboard is enough: sort the list, open a connection, ask and close the question", async ({ page, open }) => {
  await open(LIST);
  await tabTo(page, page.getByRole("link", { name: "Updated" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("columnheader", { name: "Updated" })).toHaveAttribute("aria-sort", "ascending");
  await tabTo(page, page.getByRole("link", { name: "Ledger port" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.locator("summary").filter({ hasText: "Archive" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Archive “Ledger port”" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Archive “Ledger port”" })).toBeHidden();
});

test("every field shows where the focus is", everywhere, async ({ page, open }) => {
  await open(`${LIST}/new?kind=postgres`);
  for (const control of await main(page).locator("input:not([type=hidden]):visible, select:visible, textarea:visible, button:visible, a[href]:visible").all()) {
    const plain = await looks(control);
    await control.focus();
    await page.keyboard.press("Shift");
    expect(await looks(control), await control.evaluate((element) => element.outerHTML)).not.toBe(plain);
  }
});

/** A control's outline, border and shadow, and those of its label, which may stand for a control that is drawn by it. */
async function looks(control: ReturnType<Page["locator"]>): Promise<string> {
  return control.evaluate((element) =>
    [element, element.closest("label") ?? element].map((drawn) => {
      const { outline, borderColor, boxShadow } = getComputedStyle(drawn);
      return [outline, borderColor, boxShadow].join();
    }).join(),
  );
}

test("a person who wants no motion gets none", async ({ page, open, seeded }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open(seeded.draft);
  await page.route("**/actions/**", (route) => route.abort());
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(toast(page)).toBeVisible();
  const moving = await page.evaluate(() => document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().duration) > 1).length);
  expect(moving).toBe(0);
});

test("a form that was refused without script says so to a screen reader", { tag: "@no-javascript" }, async ({ page, open }) => {
  await open(`${LIST}/new?kind=tcp`);
  await fill(page, { Host: "ledger.example.org" });
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(input(page, "Name")).toHaveAccessibleDescription(/Give it a name\./);
  await expect(input(page, "Port")).toHaveAccessibleDescription(/required/);
});
