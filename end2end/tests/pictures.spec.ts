import { Api, HEALTH, LIST, pathOf, pathOfIncident, pathOfRun, type Connection } from "../support/api";
import { FaultProxy } from "../support/fault-proxy";
import { fill } from "../support/form";
import { expectTidy } from "../support/layout";
import { expectPicture, pinFont } from "../support/pictures";
import { startSlow } from "../support/slow";
import { Switchboard } from "../support/switchboard";
import { expect, test as base } from "../support/test";
import { toast } from "../support/toast";

type Scene = { well: Connection; down: Connection; incident: string; finished: string };

/** A console of its own, where nothing happens by itself; and what stands in it. */
const test = base.extend<object, { shared: Switchboard; scene: Scene }>({
  shared: [
    async ({}, use) => {
      const switchboard = await Switchboard.launch();
      await use(switchboard);
      await switchboard.dispose();
    },
    { scope: "worker" },
  ],
  scene: [
    async ({ shared }, use) => {
      const api = await Api.of(shared, "admin");
      const [steady, failing] = [await FaultProxy.open(), await FaultProxy.open()];
      const well = await api.active({ ...steady.connection("Orders API"), owner: "payments", tags: ["eu"] });
      const down = await api.active({ ...failing.connection("Ticket search"), owner: "search" });
      await api.sweep([well, down]);
      failing.isWell = false;
      await api.sweep([down]);
      await api.sweep([down]);
      const finished = pathOfRun(await api.diagnose([well, down], { release: "2.4.0" }));
      const incident = pathOfIncident(await api.incident(down));
      await use({ well, down, incident, finished });
      await api.dispose();
      steady.close();
      failing.close();
    },
    { scope: "worker" },
  ],
});

// One console, in this order.
test.describe.configure({ mode: "default" });
// The policy of the page would refuse the style that pins the font.
test.use({ bypassCSP: true });
test.beforeEach(({ page }) => pinFont(page));

test("before anything stands in it, and when all is well", async ({ page, open, shared }) => {
  await open("/");
  await expectPicture(page, "overview-empty");
  const api = await Api.of(shared, "admin");
  const proxy = await FaultProxy.open();
  const connection = await api.active(proxy.connection("Image resizer"));
  await api.sweep([connection]);
  await open("/");
  await expectPicture(page, "overview-well");
  await api.archive(connection);
  await api.dispose();
  proxy.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    const name = (what: string) => (colorScheme === "dark" ? `${what}-dark` : what);
    const tag = colorScheme === "light" ? "@phone" : [];

    test(`something is down, ${colorScheme}`, { tag }, async ({ page, open, scene }) => {
      expect(scene.down.id).toBeTruthy();
      await open("/");
      await expectPicture(page, name("overview-down"));
    });

    test(`a run that blocks, ${colorScheme}`, async ({ page, open, scene }) => {
      await open(scene.finished);
      await expectPicture(page, name("run-finished"));
    });
  });
}

test("the health of all", { tag: "@phone" }, async ({ page, open, scene }) => {
  expect(scene.well.id).toBeTruthy();
  await open(HEALTH);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expectPicture(page, "health");
});

test("an incident", async ({ page, open, scene }) => {
  await open(scene.incident);
  await expectPicture(page, "incident");
});

test("a connection while it is tested", async ({ page, open, scene }) => {
  await page.route("**/actions/start_verification", async (route) => {
    const answer = await route.fetch();
    // As if the first step took its time.
    await route.fulfill({ response: answer, json: { ...(await answer.json()), outcome: "running", rows: [] } });
  });
  await page.route("**/actions/verification", () => {});
  await open(pathOf(scene.well));
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText("Running", { exact: true })).toBeVisible();
  await expectPicture(page, "connection-testing");
});

test("a form that was refused", { tag: "@phone" }, async ({ page, open }) => {
  await open(`${LIST}/new?kind=postgres`);
  await fill(page, { Host: "db.example.org", Port: "70000" });
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(page.locator("[aria-invalid]").first()).toBeVisible();
  await expectPicture(page, "form-refused");
});

test("a form that is being saved", async ({ page, open }) => {
  await open(`${LIST}/new?kind=tcp`);
  await page.route(/save_connection/, () => {});
  await fill(page, { Name: "Ledger", Host: "ledger.example.org", Port: 7000 });
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(page.getByRole("button", { name: "Saving…" })).toBeVisible();
  await expectPicture(page, "form-saving");
});

test("the health of all once the stream is lost", { tag: "@phone" }, async ({ page, open, scene }) => {
  expect(scene.down.id).toBeTruthy();
  await page.route("**/api/events*", (route) => route.abort());
  await open(HEALTH);
  await expect(page.getByText("Connection lost")).toBeVisible();
  await expectPicture(page, "health-lost");
});

test("an overview whose session has ended", async ({ page, open, scene }) => {
  expect(scene.down.id).toBeTruthy();
  await page.route("**/api/events*", (route) => route.fulfill({ status: 401 }));
  await open("/");
  await expect(toast(page)).toContainText("Your session has ended.");
  await expectPicture(page, "overview-ended");
});

test("a toast", async ({ page, open }) => {
  await open(`${LIST}/new?kind=tcp`);
  await page.route(/save_connection/, (route) => route.abort());
  await fill(page, { Name: "Ledger", Host: "ledger.example.org", Port: 7000 });
  await page.getByRole("button", { name: "Save connection" }).click();
  await expect(toast(page)).toBeVisible();
  await expectPicture(page, "toast");
});

test("a run while it goes on", async ({ page, open, api }) => {
  // It stays as it was when the page came.
  await page.route("**/actions/**", () => {});
  const slow = await startSlow();
  const waiting = await api.create({ name: "Slow report", kind: "http", environment: "development", settings: { url: slow.url } });
  const answer = await api.http.post("/api/diagnostics/runs", { data: { connection_ids: [waiting.id] } });
  const run = await answer.json();
  const results = async () => (await (await api.http.get(`/api/diagnostics/runs/${run.id}`)).json()).results.length;
  await expect.poll(results, "all before the status, which it waits for").toBe(5);
  await open(pathOfRun(run));
  await expect(page.getByText("Running", { exact: true }).first()).toBeVisible();
  await expectTidy(page, "a run that goes on");
  await expectPicture(page, "run-live");
  slow.answer();
  slow.stop();
});

test.describe("nobody is signed in", () => {
  test.use({ role: "nobody" });
  test("sign in", async ({ page, open, shared }) => {
    await shared.session("viewer");
    await open("/sign-in");
    await expectPicture(page, "sign-in");
  });
});
