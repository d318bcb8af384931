import { test as base, type BrowserContext, type Page, type Response } from "@playwright/test";
import { Api } from "./api";
import { readServices, type Services } from "./services";
import { MOST_SHIFT, SHIFT, Shifts } from "./shifts";
import { type Role, Switchboard } from "./switchboard";

export { expect } from "@playwright/test";

type Options = {
  /** Who is signed in. */
  role: Role | "nobody";
  /** Gives each test a console of its own with these settings; otherwise tests share one with what ran before in their worker. */
  settings: NodeJS.ProcessEnv | undefined;
};

type Fixtures = {
  /** The console that `page` and `api` talk to. */
  switchboard: Switchboard;
  /** The HTTP API with an administrator's token. */
  api: Api;
  /** Opens a page and, where there is script, waits until its islands are awake. */
  open: (path: string) => Promise<Response>;
  /** Waits until the islands of the page that is open are awake. */
  awake: () => Promise<void>;
  /** Fails the test if the browser refused something, or a script failed; of the policy, in whichever browser of the test. */
  calm: void;
  /** Fails the test if what stands on its pages jumps about, in whichever window. */
  steady: void;
};

type WorkerFixtures = { shared: Switchboard; services: Services; violations: string[]; shifts: Shifts };

export const test = base.extend<Options & Fixtures, WorkerFixtures>({
  role: ["admin", { option: true }],
  settings: [undefined, { option: true }],

  shared: [
    async ({}, use) => {
      const switchboard = await Switchboard.launch();
      await use(switchboard);
      await switchboard.dispose();
    },
    { scope: "worker" },
  ],
  services: [async ({}, use) => use(readServices()), { scope: "worker" }],
  violations: [async ({}, use) => use([]), { scope: "worker" }],
  shifts: [async ({}, use) => use(new Shifts()), { scope: "worker" }],
  browser: [
    async ({ browser, violations, shifts }, use) => {
      const newContext = browser.newContext.bind(browser);
      browser.newContext = async (options) => {
        const context = await watched(await newContext(options), violations);
        await shifts.watch(context);
        return context;
      };
      await use(browser);
    },
    { scope: "worker" },
  ],

  switchboard: async ({ shared, settings }, use) => {
    if (!settings) return use(shared);
    const switchboard = await Switchboard.launch(settings);
    await use(switchboard);
    await switchboard.dispose();
  },
  baseURL: async ({ switchboard }, use) => use(switchboard.baseURL),
  storageState: async ({ switchboard, role }, use) => use(role === "nobody" ? { cookies: [], origins: [] } : await switchboard.session(role)),

  api: async ({ switchboard }, use) => {
    const api = await Api.of(switchboard, "admin");
    await use(api);
    await api.dispose();
  },

  awake: async ({ page, javaScriptEnabled }, use) => {
    await use(async () => {
      if (javaScriptEnabled) await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
    });
  },
  open: async ({ page, awake }, use) => {
    await use(async (path) => {
      const answer = await page.goto(path);
      await awake();
      return answer!;
    });
  },

  calm: [
    async ({ page, violations }, use) => {
      violations.length = 0;
      const complaints = complaintsOf(page);
      await use();
      base.expect(complaints, "what the browser complained about").toEqual([]);
      base.expect(violations, "what broke the policy").toEqual([]);
    },
    { auto: true },
  ],
  steady: [
    async ({ page, browser, shifts }, use) => {
      shifts.forget();
      await use();
      const total = await shifts.total(browser.contexts());
      base.info().annotations.push({ type: SHIFT, description: total.toFixed(4) });
      base.expect(total, `${page.url()}: what shifted\n${shifts}`).toBeLessThanOrEqual(MOST_SHIFT);
    },
    { auto: true },
  ],
});

const BROKEN = "broke the policy:";

/** Has the pages of `context` say what the policy refused. The browser says so too, also where no script runs; not each time in a way that can be told. */
async function watched(context: BrowserContext, violations: string[]): Promise<BrowserContext> {
  context.on("console", (message) => {
    const text = message.text();
    if (text.startsWith(BROKEN) || /content security policy/i.test(text)) violations.push(text);
  });
  await context.addInitScript((broken) => {
    document.addEventListener("securitypolicyviolation", ({ documentURI, effectiveDirective, blockedURI }) => console.error(broken, documentURI, effectiveDirective, blockedURI));
  }, BROKEN);
  return context;
}

/** What Chromium says when it shows the next page without the animation between the two, which it may at any time. */
const TRANSITION_GIVEN_UP = /Transition was (aborted|skipped)/;

/** What the browser will complain about on this page. Refused requests are not among it: tests provoke those. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => {
    if (!TRANSITION_GIVEN_UP.test(error.message)) complaints.push(String(error));
  });
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) complaints.push(text);
  });
  return complaints;
}
