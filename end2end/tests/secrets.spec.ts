import { hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { LIST, type NewConnection, pathOf } from "../support/api";
import { postgres, redis, unique } from "../support/connections";
import { dump, newDatabase, psql } from "../support/database";
import { addRedisUser, startEcho } from "../support/echo";
import { listen } from "../support/events";
import { canary, type Exhibit, exhibit, filesIn, sightings, spellings } from "../support/leaks";
import { startIndiscreetProvider } from "../support/provider";
import { emptyPlaces, seedPlaces, pathIn, places } from "../support/places";
import { password } from "../support/switchboard";
import { expect, test } from "../support/test";
import { freshCode } from "../support/totp";

const development = { environment: "development" } as const;

test("each spelling is recognised", () => {
  const secret = canary();
  for (const [spelling, bytes] of spellings(secret)) {
    const found = sightings(secret, [exhibit("here", Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]))]);
    expect(found.map((sighting) => sighting.spelling)).toContain(spelling);
  }
  for (const before of ["", "a", "ab", "orders:"]) {
    const encoded = Buffer.from(`${before}${secret} and more`).toString("base64");
    expect(sightings(secret, [exhibit("here", encoded)]), before).not.toEqual([]);
  }
});

for (const kind of ["SQLite", "PostgreSQL"] as const) {
  test.describe(`with ${kind}`, () => {
    let database: string | undefined;
    let provider: Awaited<ReturnType<typeof startIndiscreetProvider>>;
    const ofTheServer = { "client secret at the provider": canary(true), "password of the mail server": canary(true), "S3 secret of evidence": canary(true) };
    test.use({
      settings: async ({ services }, use) => {
        database = kind === "PostgreSQL" ? await newDatabase(services) : undefined;
        provider = await startIndiscreetProvider();
        await use({
          ...(database ? { DATABASE_URL: database } : {}),
          SWITCHBOARD_OIDC_ISSUER: provider.issuer,
          SWITCHBOARD_OIDC_CLIENT_ID: "switchboard",
          SWITCHBOARD_OIDC_CLIENT_SECRET: ofTheServer["client secret at the provider"],
          SWITCHBOARD_OIDC_GROUPS: "operations=default:admin",
          // Nobody takes mail there who would take this password.
          SWITCHBOARD_SMTP_URL: `smtp://orders:${encodeURIComponent(ofTheServer["password of the mail server"])}@127.0.0.1:9?from=console@example.org&encryption=none`,
          AWS_SECRET_ACCESS_KEY: ofTheServer["S3 secret of evidence"],
        });
        provider.stop();
      },
    });

    test("no secret is seen anywhere, and a planted one is", async ({ page, api, switchboard, services }) => {
      const exhibits: Exhibit[] = [];
      const show = async (where: string, answer: { text(): Promise<string>; headers(): Record<string, string> }) => {
        // A session's cookie belongs there.
        const { "set-cookie": _, ...headers } = answer.headers();
        exhibits.push(exhibit(where, `${JSON.stringify(headers)}\n${await answer.text()}`));
      };
      const secrets: Record<string, string> = { ...ofTheServer };
      const secret = (name: string, plain = false) => (secrets[name] = canary(plain));

      // One service for each kind of secret that accepts it, and one that refuses it; the echo tells it to everyone.
      const echo = await startEcho();
      const role = unique("canary").replace(" ", "_");
      await psql(services.postgres.superuser_url, `create role ${role} login password '${secret("postgres password").replaceAll("'", "''")}'`);
      await psql(services.postgres.superuser_url, `grant connect on database orders to ${role}`);
      await addRedisUser(services, role, secret("redis password", true));
      const http = (name: string, settings: object, credential: Record<string, string>): NewConnection => ({ name: unique(name), kind: "http", ...development, settings: { url: `${echo.url}/`, ...settings }, credential });
      const connections: NewConnection[] = [
        { ...postgres(services), settings: { ...postgres(services).settings, user: role }, credential: { password: secrets["postgres password"]! } },
        { ...postgres(services), credential: { password: secret("wrong postgres password") } },
        { ...redis(services), settings: { ...redis(services).settings, user: role }, credential: { password: secrets["redis password"]! } },
        { ...redis(services), credential: { password: secret("wrong redis password") } },
        http("bearer", { auth: "bearer" }, { token: secret("token", true) }),
        http("bearer, told in the body", { auth: "bearer", conditions: ["body contains nothing of the kind"] }, { token: secret("token in the body", true) }),
        http("bearer, told in a header", { auth: "bearer", conditions: ["header:x-echo == nothing"] }, { token: secret("token in a header", true) }),
        http("bearer, told in JSON", { auth: "bearer", conditions: ["json:$.authorization == nothing"] }, { token: secret("token in JSON", true) }),
        http("bearer, refused", { auth: "bearer", url: `${echo.url}/401` }, { token: secret("refused token", true) }),
        http("bearer, redirected", { auth: "bearer", url: `${echo.url}/302` }, { token: secret("redirected token", true) }),
        http("basic", { auth: "basic", username: "orders", conditions: ["json:$.opened == nothing"] }, { password: secret("basic password") }),
        http("header", { auth: "header", header_name: "X-Api-Key", conditions: ["json:$.headers['x-api-key'] == nothing"] }, { header_value: secret("header value", true) }),
        http("oauth2", { auth: "oauth2", token_url: `${echo.url}/token`, client_id: "orders", conditions: ["json:$.authorization == nothing"] }, { client_secret: secret("client secret") }),
        http("query", { auth: "query", query_name: "api_key", conditions: ["json:$.url == nothing"] }, { query_value: secret("query value", true) }),
        http("client certificate", { url: `${services.nginx.asking}/`, ca_pem: services.nginx.ca_pem, client_certificate: readFileSync(services.nginx.client_file, "utf8") }, { client_key: readFileSync(services.nginx.client_key_file, "utf8") }),
        { name: unique("bucket"), kind: "s3", ...development, settings: { endpoint: echo.url, region: "us-east-1", bucket: "orders" }, credential: { access_key_id: "orders", secret_access_key: secret("S3 secret", true) } },
        http("oauth2, refused", { auth: "oauth2", token_url: `${echo.url}/400`, client_id: "orders" }, { client_secret: secret("refused client secret") }),
      ];

      const events = await listen(switchboard);
      const seeded = await seedPlaces(switchboard, services);
      const created = [];
      const outcomes = [];
      for (const connection of connections) {
        const made = await api.create(connection);
        created.push(made);
        await show(`created ${connection.name}`, await api.http.get(`/api/service-connections/${made.id}`));
        outcomes.push(await api.verify(made));
        await show(`test of ${connection.name}`, await api.http.post(`/api/service-connections/${made.id}/verify`));
      }
      expect(outcomes.filter((outcome) => outcome === "passed").length).toBeGreaterThanOrEqual(3);
      expect(outcomes.filter((outcome) => outcome === "failed").length).toBeGreaterThanOrEqual(8);

      // Evidence of what they were told.
      const run = await api.diagnose(created);
      expect(run.results.flatMap(({ evidence_ids }) => evidence_ids).length).toBeGreaterThan(10);
      await show("run", await api.http.get(`/api/diagnostics/runs/${run.id}`));

      // Secrets that the console made: told once, and kept nowhere.
      const made = async (path: string, data?: object) => (await api.http.post(path, { data })).json();
      const token = await made("/api/tokens", { name: "Rotated", role: "viewer" });
      secrets["rotated API token"] = token.token;
      secrets["API token that came after"] = (await made(`/api/tokens/${token.id}/rotate`)).token;
      const [team] = (await (await api.http.get("/api/teams")).json()).items;
      const { url } = await made(`/api/teams/${team.id}/invitations`, { email: "eve@example.org", role: "viewer" });
      secrets["invitation"] = url.split("/").at(-1);
      secrets["set-up token"] = new URL(switchboard.setupUrl).searchParams.get("token")!;
      for (const path of [`/invitations/${secrets["invitation"]}x`, `/setup?token=${secrets["set-up token"]}x`]) await api.http.get(path);

      // Channels of every sort, whose receivers refuse a message with all of it.
      const at = `${echo.url}/403`;
      const hook = (name: string) => `${at}/${encodeURIComponent(secret(name, true))}`;
      const letters = (name: string) => (secrets[name] = canary().slice(0, 12) + unique("").replaceAll(/\W/g, ""));
      const key = `whsec_${Buffer.from(canary().padEnd(32, "x").slice(0, 32)).toString("base64")}`;
      secrets["signing secret"] = key;
      const channels: object[] = [
        { type: "slack", settings: { url: hook("address of Slack") } },
        { type: "discord", credential: { url: hook("address of Discord") } },
        { type: "teams", settings: { url: hook("address of Teams") } },
        { type: "template", settings: { url: at, method: "POST", headers: { "X-Api-Key": secret("header of a template", true) }, body: "{}" } },
        { type: "webhook", settings: { url: at }, credential: { secret: key } },
        { type: "telegram", settings: { url: at, chat_id: "1" }, credential: { bot_token: letters("token of a bot") } },
        { type: "pagerduty", settings: { url: at }, credential: { routing_key: secret("routing key") } },
        { type: "ntfy", settings: { url: at, topic: "orders" }, credential: { token: secret("token of ntfy", true) } },
        { type: "sms", settings: { url: at, from: "+15005550006", to: ["+15005550001"] }, credential: { account: letters("account of SMS"), token: secret("token of SMS", true) } },
        { type: "email", settings: { to: ["desk@example.org"] } },
      ];
      for (const channel of channels) {
        const added = await api.http.post("/api/channels", { data: { name: unique("Channel"), ...channel } });
        expect(added.status(), await added.text()).toBe(201);
        await show("a new channel", added);
        const { id } = await added.json();
        await show("test of a channel", await api.http.post(`/api/channels/${id}/test`));
        for (const path of [`/api/channels/${id}`, "/api/channels", `/api/deliveries?channel_id=${id}`]) await show(`API ${path}`, await api.http.get(path));
        await show("page of a channel", await page.request.get(`/settings/channels/${id}`));
      }

      // A way to the provider and back, which it refuses with all that it was sent.
      const way = await page.request.get("/sign-in/start", { maxRedirects: 0 });
      const sent = new URL(way.headers()["location"]!);
      const back = await page.request.get(`/sign-in/callback?code=${encodeURIComponent(secret("code of the provider", true))}&state=${sent.searchParams.get("state")}`, { maxRedirects: 0 });
      expect(provider.taken).toHaveLength(1);
      secrets["PKCE verifier"] = provider.taken[0]!.get("code_verifier")!;
      await show("refused by the provider", back);
      await show("page after that", await page.request.get(back.headers()["location"]!));

      // Edits: another secret, another address, and edits that are refused.
      const edited = created[4]!;
      await api.edit(edited, { credential: { token: secret("edited token", true) } });
      const moved = { settings: { url: `${services.nginx.plain}/` }, credential: { token: secret("moved token", true) } };
      await api.edit(await api.get(edited.id), moved);
      const forged = { authorization: `Bearer ${secret("unknown API token", true)}` };

      // Refusals of every sort, with a secret in each.
      const wrong = (credential: unknown) => ({ ...postgres(services), name: "", credential });
      const refused: [string, () => Promise<Parameters<typeof show>[1]>][] = [
        ["no name", () => api.http.post("/api/service-connections", { data: wrong({ password: secret("of a refused API call") }) })],
        ["unknown secret", () => api.http.post("/api/service-connections", { data: wrong({ passwort: secret("under a wrong name") }) })],
        ["wrong type", () => api.http.post("/api/service-connections", { data: wrong({ password: { is: secret("in an object") } }) })],
        ["list", () => api.http.post("/api/service-connections", { data: wrong([secret("in a list")]) })],
        ["text", () => api.http.post("/api/service-connections", { data: wrong(secret("as a text")) })],
        ["broken JSON", () => api.http.post("/api/service-connections", { data: `{"credential":{"password":"${secret("in broken JSON")}`, headers: { "content-type": "application/json" } })],
        ["too long", () => api.http.post("/api/service-connections", { data: wrong({ password: secret("far too long").repeat(2_000) }) })],
        ["stale", () => api.http.patch(`/api/service-connections/${edited.id}`, { data: { credential: { token: secret("of a stale edit", true) } }, headers: { "if-match": '"1"' } })],
        ["forged token", () => page.request.get("/api/service-connections", { headers: forged })],
        ["wrong password", () => page.request.post("/actions/sign_in", { form: { email: "ada@example.org", password: secret("wrong sign-in") }, headers: { "sec-fetch-site": "same-origin" } })],
      ];
      for (const [where, ask] of refused) {
        const answer = await ask();
        await show(where, answer);
      }
      const form = (fields: Record<string, string>) => ({ form: { environment: "development", ...fields }, headers: { "sec-fetch-site": "same-origin" } });
      const typed = form({ kind: "postgres", name: "", "settings[host]": "", "credential[password]": secret("of a refused form") });
      await show("refused form", await page.request.post(`${LIST}/new?kind=postgres&act=save_connection`, typed));
      await show("refused act", await page.request.post("/actions/save_connection", typed));
      await show("refused sign-in", await page.request.post("/sign-in?act=sign_in", form({ email: "ada@example.org", password: secret("of a refused sign-in") })));
      const idempotent = { data: { ...postgres(services), credential: { password: secret("sent twice") } }, headers: { "idempotency-key": unique("key") } };
      for (const time of ["first", "second"]) await show(`idempotent, ${time}`, await api.http.post("/api/service-connections", idempotent));

      // A second factor, set up by its page, whose seed and recovery codes are shown once.
      const person = "/settings/profile/second-factor";
      const act = (name: string, fields: Record<string, string>) => page.request.post(`${person}?act=${name}`, form(fields));
      const codes = (html: string) => [...html.matchAll(/<code>([^<]*)<\/code>/g)].map(([, code]) => code!);
      await act("begin_second_factor", { password });
      const seed = codes(await (await page.request.get(person)).text())[0]!;
      const recovery = codes(await (await act("confirm_second_factor", { code: freshCode(seed) })).text()).filter((code) => code.length === 19);
      expect(recovery).toHaveLength(10);
      Object.assign(secrets, { "second factor's seed": seed, "recovery code": recovery[0]!, "recovery code as it is compared": recovery[1]!.replaceAll("-", "") });
      await show("refused code", await act("renew_recovery_codes", { code: `${recovery[2]} and more` }));
      secrets["refused code"] = `${recovery[2]} and more`;

      // A fault while a secret is in hand.
      if (database) {
        await psql(database, "alter table service_connection_profiles rename to away");
        const fault = { ...typed, form: { ...typed.form, name: "Orders", "settings[host]": "db", "settings[database]": "d", "settings[user]": "u", "credential[password]": secret("in a fault") } };
        await show("fault in a form", await page.request.post(`${LIST}/new?kind=postgres&act=save_connection`, fault));
        const answer = await api.http.post("/api/service-connections", { data: { ...postgres(services), credential: { password: secret("in a fault of the API") } } });
        expect(answer.status()).toBe(500);
        await show("fault in the API", answer);
        await psql(database, "alter table away rename to service_connection_profiles");
      }

      // The control: planted where it is shown, raw and spelt otherwise.
      const control = "ctl\"<é&+/>";
      await api.create({ name: control, kind: "tcp", ...development, settings: { host: "h", port: 1 }, owner: Buffer.from(control).toString("base64"), tags: [Buffer.from(control).toString("hex")], runbook_url: `https://example.org/?${encodeURIComponent(control)}` });

      // Everything that can be read by asking.
      const details = created.flatMap((connection) => [pathOf(connection), `${pathOf(connection)}/edit`]);
      for (const path of [...[...places, ...emptyPlaces].map((place) => pathIn(seeded, place)), ...details, `${LIST}?sort=-updated_at`, `${LIST}?q=ctl`]) {
        await show(`page ${path}`, await page.request.get(path));
      }
      const description = (await (await api.http.get("/api/openapi.json")).json()) as { paths: Record<string, { get?: object }> };
      const errors = ((await (await api.http.get("/api/errors?limit=200")).json()) as { items: { correlation_id: string }[] }).items;
      expect(errors.length).toBeGreaterThan(5);
      for (const [path, { get }] of Object.entries(description.paths)) {
        // Events are heard all along, and never end.
        if (!get || path === "/api/events") continue;
        const ids = path.includes("{correlation_id}") ? errors.map(({ correlation_id }) => correlation_id) : path.includes("{id}") ? created.map(({ id }) => id) : [""];
        for (const id of ids) await show(`API ${path}`, await api.http.get(path.replace(/\{\w+\}/, id)));
      }
      for (const format of ["csv", "jsonl"]) await show(`audit log, ${format}`, await api.http.get("/api/audit/export", { params: { format } }));
      for (const { correlation_id } of errors) await show("page of an error", await page.request.get(`/operations/errors/${correlation_id}`));
      const told = await events.stop();
      expect(told).toContain("event: incident");
      exhibits.push(exhibit("events", told));
      await show("description", await api.http.get("/api/openapi.json"));

      // Everything that is kept. The console's own secrets too: tokens, cookies, passwords, the master key.
      for (const args of [["operators", "list"], ["tokens", "list"], ["check-config"]]) exhibits.push(exhibit(args.join(" "), await switchboard.command(args)));
      const kept = () => filesIn(switchboard.dataDir).filter(({ where }) => !where.endsWith(".key"));
      exhibits.push(...kept());
      await switchboard.command(["backup", `${switchboard.dataDir}/console.backup`]);
      exhibits.push(...filesIn(switchboard.dataDir).filter(({ where }) => where.endsWith(".backup")));
      const master = readFileSync(`${switchboard.dataDir}/master.key`, "utf8").trim();
      await switchboard.stop();
      exhibits.push(...kept().map(({ where, bytes }) => ({ where: `${where} after the end`, bytes })));
      // All but the line that is meant for whoever sets it up.
      exhibits.push(exhibit("logs", switchboard.logs.filter((line) => !line.startsWith("set up: ")).join("\n")));
      if (database) exhibits.push(exhibit("dump", await dump(database)));
      echo.stop();

      const cookie = (await page.context().cookies()).find(({ name }) => name === "switchboard")!.value;
      const keyBytes = Buffer.from(master, "base64").toString("hex");
      const derived = (purpose: string) => Buffer.from(hkdfSync("sha256", Buffer.from(master, "base64"), "switchboard", purpose, 32));
      const purposes = { "audit key": "switchboard audit log v1", "backup key": "switchboard backup v1", "key of evidence": "switchboard evidence manifest v1", "key of links": "links that acknowledge incidents" };
      for (const [name, purpose] of Object.entries(purposes)) {
        secrets[name] = derived(purpose).toString("base64");
        const asTheyAre = exhibits.filter(({ bytes }) => bytes.includes(derived(purpose)));
        expect(asTheyAre.map(({ where }) => `${name} in ${where}, as bytes`)).toEqual([]);
      }
      const clientKey = readFileSync(services.nginx.client_key_file, "utf8").split("\n")[1]!;
      Object.assign(secrets, { "API token": await switchboard.token("admin"), "master key": master, "master key in hex": keyBytes, "client key": clientKey, "session cookie": cookie, "operator's password": password });
      expect(Object.values(secrets).filter((text) => text.length >= 12).length).toBe(Object.keys(secrets).length);
      const leaks = Object.entries(secrets).flatMap(([name, text]) => sightings(text, exhibits).map(({ where, spelling }) => `${name} in ${where}, ${spelling}`));
      expect(leaks).toEqual([]);

      const planted = sightings(control, exhibits);
      expect(planted.map(({ where }) => where)).toEqual(expect.arrayContaining([`page ${LIST}?q=ctl`, "API /api/service-connections", "audit log, csv", "audit log, jsonl"]));
      expect(planted.map(({ where }) => where).filter((where) => (database ? where === "dump" : where.startsWith("file ") && !where.includes("end")))).not.toEqual([]);
      expect(planted.map(({ spelling }) => spelling)).toEqual(expect.arrayContaining(["raw", "hex", "url", "json", "base64, shifted by 0"]));
      console.log(`${kind}: ${Object.keys(secrets).length} secrets in ${spellings("x").size} spellings, ${exhibits.length} exhibits, ${leaks.length} leaks, control seen ${planted.length} times`);
    });
  });
}
