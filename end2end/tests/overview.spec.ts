import type { Page } from "@playwright/test";
import { INCIDENTS, LIST, type Api, type Connection } from "../support/api";
import { unique } from "../support/connections";
import { FaultProxy } from "../support/fault-proxy";
import { expect, test } from "../support/test";
import { toast } from "../support/toast";

// Each has a console of its own: they count what is in it.
test.use({ settings: {} });

const verdict = (page: Page) => page.getByRole("heading", { level: 1 });
const icon = (page: Page) => page.locator("#favicon");

/** Connections to one service, which are well until it closes. */
async function watched(api: Api, faultProxy: FaultProxy, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let index = 0; index < count; index++) connections.push(await api.active({ ...faultProxy.connection(unique("Shop")), owner: "payments", runbook_url: "https://runbooks.example.org/shop" }));
  await api.sweep(connections);
  return connections;
}

async function fail(api: Api, faultProxy: FaultProxy, connections: Connection[]): Promise<void> {
  faultProxy.close();
  for (let sweep = 0; sweep < 2; sweep++) await api.sweep(connections);
}

test("before anything is watched it says so", { tag: "@no-javascript" }, async ({ page, open, api, services }) => {
  const { host, port } = services.redis_open;
  for (const name of ["A", "B"]) await api.create({ name, kind: "tcp", environment: "development", settings: { host, port } });
  await open("/");
  await expect(verdict(page)).toHaveText("Nothing is watched yet");
  const waiting = page.getByRole("region", { name: "Needs a person" });
  await expect(waiting.getByRole("listitem")).toHaveText(["2 drafts wait for a first test"]);
  await waiting.getByRole("link").click();
  await expect(page).toHaveURL(`${LIST}?state=draft`);
});

test("many down by one cause are one line, and one press takes all of them on", { tag: ["@no-javascript", "@phone"] }, async ({ page, open, api }) => {
  const faultProxy = await FaultProxy.open();
  const connections = await watched(api, faultProxy, 4);
  await open("/");
  await expect(verdict(page)).toHaveText(/^\s*All 4 well\s*$/);
  await expect(page).toHaveTitle("Overview · Switchboard");
  await expect(icon(page)).toHaveAttribute("href", "/favicon.svg");

  await fail(api, faultProxy, connections);
  await open("/");
  await expect(verdict(page)).toHaveText(/4 down, one cause/);
  await expect(verdict(page)).toBeInViewport();
  await expect(page).toHaveTitle("(4) Overview · Switchboard");
  await expect(icon(page)).toHaveAttribute("href", "/favicon.svg?open=4");
  const line = page.getByText(/4 down, one cause: 127\.0\.0\.1:\d+ refused the connection/);
  await expect(line).toBeInViewport({ ratio: 1 });

  await open(INCIDENTS);
  await expect(line).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Owner: payments" })).toHaveCount(4);
  await expect(page.getByRole("link", { name: "Runbook", exact: true }).first()).toHaveAttribute("href", "https://runbooks.example.org/shop");
  await page.getByRole("button", { name: "Acknowledge all 4" }).click();
  await expect(page.getByText("All are acknowledged.")).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Acknowledged" })).toHaveCount(4);
  await expect(page).toHaveTitle("Incidents · Switchboard");
  await expect(icon(page)).toHaveAttribute("href", "/favicon.svg");
});

test("the icon is drawn with its count", async ({ page, request }) => {
  const [plain, counting, many] = await Promise.all(["", "?open=3", "?open=4711"].map(async (query) => (await request.get(`/favicon.svg${query}`)).text()));
  expect(plain).not.toContain("<text");
  expect(counting).toContain(">3</text>");
  expect(many).toContain(">99</text>");
  await page.setContent(counting!);
});

test("what happens while someone looks moves tab, verdict and one toast, which leads to the incident", async ({ page, open, api }) => {
  const faultProxy = await FaultProxy.open();
  const connections = await watched(api, faultProxy, 3);
  await open("/");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  faultProxy.isWell = false;
  await api.sweep([connections[0]!]);
  await api.sweep([connections[0]!]);
  await expect(toast(page)).toContainText(`${connections[0]!.name} fails`);
  await expect(verdict(page)).toHaveText(/1 down/);
  await expect(page).toHaveTitle("(1) Overview · Switchboard");
  await expect(icon(page)).toHaveAttribute("href", "/favicon.svg?open=1");
  const { id } = await api.incident(connections[0]!);
  await expect(toast(page).getByRole("link", { name: "Open" })).toHaveAttribute("href", `${INCIDENTS}/${id}`);

  await api.sweep(connections);
  await api.sweep(connections);
  await expect(toast(page)).toHaveCount(1);
  await expect(toast(page)).toContainText("and 2 more");
  await expect(page).toHaveTitle("(3) Overview · Switchboard");

  await toast(page).getByRole("button", { name: "Dismiss" }).click();
  faultProxy.isWell = true;
  await api.sweep([connections[0]!]);
  await expect(toast(page)).toContainText(`${connections[0]!.name} recovered`);
  // A check, not a warning.
  await expect(toast(page)).toHaveClass(/good/);
  await expect(toast(page).getByRole("link", { name: "Open" })).toHaveAttribute("href", `${INCIDENTS}/${id}`);
  faultProxy.close();
});

test("how often things succeeded is drawn, and told day by day", { tag: ["@no-javascript", "@phone"] }, async ({ page, open, api }) => {
  const [well, gone] = [await FaultProxy.open(), await FaultProxy.open()];
  await api.active(well.connection(unique("Shop")));
  const failing = await api.create(gone.connection(unique("Shop")));
  gone.close();
  await api.http.post(`/api/service-connections/${failing.id}/verify`);
  await open("/");
  const success = page.getByRole("region", { name: /^Success, last 7/ });
  await expect(success.getByRole("img", { name: "Tests: 1 of 2 failed" })).toBeVisible();
  await expect(success.getByRole("listitem").filter({ hasText: "Tests" })).toContainText("50 % succeeded");
  await success.locator("summary").click();
  // The newest day stands first, under the heads.
  await expect(success.getByRole("row").nth(1)).toContainText("1 of 2 failed");
  await expect(success.getByRole("row")).toHaveCount(9);
  well.close();
});
