import { LIST, pathOf, pathOfIncident, pathOfRun, RUNS } from "../support/api";
import { redis, tcp, unique } from "../support/connections";
import { startEcho } from "../support/echo";
import { FaultProxy } from "../support/fault-proxy";
import { pathIn, places } from "../support/places";
import { Receiver } from "../support/receiver";
import { test as seeded } from "../support/seeded";
import { expect, test } from "../support/test";

const payloads = ['<img src=x onerror="window.ran=1">', '"><script>window.ran=1</script>', "</script><script>window.ran=1</script>", "'-window.ran-'", "<!--<svg/onload=window.ran=1>", "{{7*7}}${7*7}"];

for (const payload of payloads) {
  test(`what people and programs write stays text: ${payload}`, { tag: "@no-javascript" }, async ({ page, open, api, services, javaScriptEnabled }) => {
    const ran = async () => (javaScriptEnabled ? page.evaluate(() => (window as { ran?: number }).ran) : undefined);
    const name = `${payload} ${unique("")}`;
    const connection = await api.create({
      ...tcp(services, name),
      settings: { host: services.redis_open.host, port: services.redis_open.port, send: "PING\\r\\n", expect: payload },
      owner: payload,
      tags: [payload],
      runbook_url: `https://example.org/?${payload.replaceAll(" ", "+")}`,
    });
    await api.verify(connection);
    const correlation_id = unique("thread").replace(" ", "-");
    const report = { code: payload, message: payload, severity: "error", service: payload, user_message: payload, context: { [payload]: payload }, correlation_id };
    expect((await api.http.post("/api/errors", { data: report })).status()).toBe(201);

    // Sends back what it was sent, so that the evidence holds it too.
    const echo = await startEcho();
    const settings = { url: `${echo.url}/`, auth: "basic", username: payload, conditions: ["json:$.opened == nothing"] };
    const telling = await api.create({ name: `${payload} ${unique("")}`, kind: "http", environment: "development", settings, credential: { password: "secret" } });
    const run = await api.diagnose([telling], { release: payload });
    echo.stop();
    const kept = run.results.flatMap(({ evidence_ids }) => evidence_ids);
    expect(kept.length).toBeGreaterThan(0);
    for (const id of kept) {
      await open(`${pathOfRun(run)}/evidence/${id}`);
      await expect(page.locator("img[src=x], svg[onload], main script")).toHaveCount(0);
      expect(await ran()).toBeUndefined();
    }

    const search = encodeURIComponent(name);
    const pages = [pathOfRun(run), RUNS, "/operations/notifications", pathOf(connection), `${pathOf(connection)}/edit`, `${LIST}?q=${search}`, "/", "/operations/errors", `/operations/errors/${correlation_id}`];
    for (const path of pages) {
      await open(path);
      await expect(page.getByText(payload, { exact: false }).or(page.locator(`input[value=${JSON.stringify(payload)}]`)).first(), path).toBeAttached();
      await expect(page.locator("img[src=x], svg[onload], main script")).toHaveCount(0);
      expect(await ran()).toBeUndefined();
    }
    await open(`${LIST}?environment=${encodeURIComponent(payload)}&q=${encodeURIComponent(payload)}&sort=${encodeURIComponent(payload)}`);
    await open(`/settings/tokens?x=${encodeURIComponent(payload)}`);
    await open(`/sign-in?next=${encodeURIComponent(`/${payload}`)}`);
    expect(await ran()).toBeUndefined();
  });
}

test.describe("of teams and people", () => {
  // A team is renamed here. Whoever runs the server may call the provider what they like.
  const provider = { SWITCHBOARD_OIDC_ISSUER: "http://127.0.0.1:9", SWITCHBOARD_OIDC_CLIENT_ID: "x", SWITCHBOARD_OIDC_CLIENT_SECRET: "x", SWITCHBOARD_OIDC_GROUPS: "x=default:admin", SWITCHBOARD_OIDC_NAME: payloads[1] };
  test.use({ settings: provider });

  for (const payload of payloads) {
    test(`what is written stays text: ${payload}`, { tag: "@no-javascript" }, async ({ page, api, services, browser, baseURL, javaScriptEnabled }) => {
      const expectText = async (path: string, on = page) => {
        await on.goto(path);
        await expect(on.getByText(payload, { exact: false }).first(), path).toBeAttached();
        await expect(on.locator("img[src=x], svg[onload], main script"), path).toHaveCount(0);
        if (javaScriptEnabled) expect(await on.evaluate(() => (window as { ran?: number }).ran), path).toBeUndefined();
      };
      const made = async (path: string, data: object) => {
        const answer = await api.http.post(path, { data });
        expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
        return answer.json();
      };
      const team = (await (await api.http.get("/api/teams")).json()).items[0];
      expect((await api.http.patch(`/api/teams/${team.id}`, { data: { name: payload } })).ok()).toBe(true);
      // The rail has a choice of teams where there are two.
      const second = await page.request.post("/api/teams", { data: { name: `${payload} 2` }, headers: { "sec-fetch-site": "same-origin" } });
      expect(second.status(), await second.text()).toBe(201);
      await made("/api/tokens", { name: payload, role: "viewer" });
      const email = `${payload.replaceAll(" ", "")}@example.org`;
      const { url } = await made(`/api/teams/${team.id}/invitations`, { email, role: "viewer" });

      const watched = await api.active(redis(services, unique(payload)));
      await api.sweep([watched]);
      await made("/api/maintenance-windows", { connection_id: watched.id, starts_at: "2099-01-01T00:00:00Z", ends_at: "2099-01-02T00:00:00Z", reason: payload });
      const faultProxy = await FaultProxy.open();
      const broken = await api.active(faultProxy.connection(unique(payload)));
      await api.sweep([broken]);
      faultProxy.close();
      for (let time = 0; time < 2; time += 1) await api.sweep([broken]);
      const incident = await api.incident(broken);
      await api.act(incident, "acknowledge", payload);

      // The audit log has the names of all of these.
      for (const path of ["/", "/settings/team", "/settings/tokens", "/settings/audit", `/operations/health/${watched.id}`, "/operations/incidents", pathOfIncident(incident), "/operations/health"]) await expectText(path);
      const visitor = await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] }, javaScriptEnabled });
      const theirs = await visitor.newPage();
      await expectText(url, theirs);
      await theirs.goto("/sign-in");
      await expect(theirs.getByText(payloads[1]!, { exact: false }).first()).toBeAttached();
      await expect(theirs.locator("img[src=x], svg[onload], main script")).toHaveCount(0);
      await visitor.close();
    });

    test(`what is written of incidents, channels and runbooks stays text: ${payload}`, { tag: "@no-javascript" }, async ({ page, api, services, javaScriptEnabled }) => {
      const expectText = async (path: string) => {
        await page.goto(path);
        await expect(page.getByText(payload, { exact: false }).or(page.locator(`input[value=${JSON.stringify(payload)}]`)).first(), path).toBeAttached();
        await expect(page.locator("img[src=x], svg[onload], main script"), path).toHaveCount(0);
        if (javaScriptEnabled) expect(await page.evaluate(() => (window as { ran?: number }).ran), path).toBeUndefined();
      };
      const sent = async (method: "post" | "put", path: string, data: object) => {
        const answer = await api.http[method](path, { data });
        expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
        return answer.json();
      };
      const receiver = await Receiver.start();
      Object.assign(receiver, { status: 422, said: payload });
      const credential = { secret: `whsec_${Buffer.from("a secret of a test, of 32 bytes.").toString("base64")}` };
      const channel = await sent("post", "/api/channels", { name: payload, type: "webhook", settings: { url: receiver.url }, credential });
      expect((await sent("post", `/api/channels/${channel.id}/test`, {})).detail).toContain(payload);
      receiver.stop();

      const connection = await api.create(tcp(services, unique(payload)));
      const declared = await sent("post", "/api/incidents", { summary: payload, severity: "p3", connection_id: connection.id });
      await sent("post", `/api/incidents/${declared.id}/note`, { note: payload });
      await sent("put", `/api/incidents/${declared.id}/post-mortem`, { impact: payload });
      await sent("post", "/api/action-items", { incident_id: declared.id, text: payload, owner: payload });
      await sent("post", `/api/incidents/${declared.id}/resolve`, { note: payload });

      const text = JSON.stringify(payload);
      // A runbook takes no tags and no placeholders but its own; all else is text in it too.
      const isRefused = /<\w|<\/\w|\{\{/.test(payload);
      const yaml = (text: string) => `name: ${text}\nsteps: [{ title: ${text}, do: manual }]`;
      if (isRefused) expect((await api.http.post("/api/runbooks", { data: { yaml: yaml(text) } })).status()).toBe(422);
      const runbook = await sent("post", "/api/runbooks", { yaml: yaml(isRefused ? JSON.stringify(unique("Runbook")) : text) });
      const execution = await sent("post", "/api/executions", { runbook_id: runbook.id, connection_id: connection.id });
      await sent("post", `/api/executions/${execution.id}/steps/1`, { outcome: "done", note: payload });

      const incidents = ["/operations/incidents", "/operations/incidents/actions", pathOfIncident(declared), `${pathOfIncident(declared)}/post-mortem`];
      const runbooks = ["/operations/runbooks", `/operations/runbooks/${runbook.id}`, `/operations/runbooks/${runbook.id}/edit`, `/operations/runbooks/executions/${execution.id}`];
      for (const path of ["/settings/channels", `/settings/channels/${channel.id}`, ...incidents, ...(isRefused ? [] : runbooks)]) await expectText(path);
    });
  }
});

test.describe("someone else's script", () => {
  // Every other test fails on what this one provokes.
  test.use({ calm: async ({}, use) => use() });

  test("is refused by the browser", async ({ page, open }) => {
    await open("/");
    const refused = page.evaluate(
      () => new Promise<string>((resolve) => document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true })),
    );
    await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", "<p onclick='1'>x</p>"));
    expect(await refused).toBe("script-src-attr");
  });
});

test.describe("in another browser of a test", () => {
  test.fail("what breaks the policy fails that test", async ({ browser, baseURL }) => {
    const other = await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] } });
    const page = await other.newPage();
    await page.goto("/sign-in");
    await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", "<p onclick='1'>x</p>"));
    await other.close();
  });
});

seeded.describe("on every page", () => {
  seeded("the policy is strict and nothing breaks it", async ({ open, seeded, browser, switchboard }) => {
    for (const place of places.filter(({ role }) => !role)) {
      const answer = await open(pathIn(seeded, place));
      const policy = answer.headers()["content-security-policy"]!;
      expect(policy, place.name).toContain("default-src 'self'");
      expect(policy, place.name).toMatch(/script-src 'nonce-[^']+' 'strict-dynamic' 'wasm-unsafe-eval'/);
      expect(policy, place.name).not.toContain("unsafe-inline");
    }
    // A nonce is for one answer.
    const visitor = await browser.newContext({ baseURL: switchboard.baseURL });
    const nonces = await Promise.all([1, 2, 3].map(async () => /nonce-([^']+)/.exec((await visitor.request.get("/sign-in")).headers()["content-security-policy"]!)![1]));
    expect(new Set(nonces).size).toBe(3);
    await visitor.close();
  });
});
