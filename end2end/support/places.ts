import { Api, type Connection, HEALTH, INCIDENTS, LIST, pathOf, pathOfIncident, pathOfRun, RUNS } from "./api";
import { postgres, redis, tcp, https } from "./connections";
import type { Services } from "./services";
import type { Role, Switchboard } from "./switchboard";
import { FaultProxy } from "./fault-proxy";

/** What stands in a seeded console: a connection in every state, runs with each verdict and their evidence, a reported error, an incident that is open and one that is over. */
export type SeededPlaces = Record<
  "draft" | "failed" | "verified" | "active" | "suspended" | "archived" | "error" | "kind of error" | "passed" | "blocked" | "evidence" | "health" | "unwatched" | "failing" | "incident" | "resolved" | "channel",
  string
>;

export async function seedPlaces(switchboard: Switchboard, services: Services): Promise<SeededPlaces> {
  const api = await Api.of(switchboard, "admin");
  const draft = await api.create({ ...tcp(services, "Ledger port"), owner: "finance", tags: ["eu", "core"], runbook_url: "https://runbooks.example.org/ledger" });
  const failed = await api.create({ ...postgres(services, "Reports database"), environment: "development", credential: { password: "not the password" } });
  await api.verify(failed);
  const verified = await api.verified(https(services, "Payment API"));
  const active = await api.active({ ...postgres(services, "Orders database"), owner: "payments", tags: ["eu"] });
  const suspended = await api.active(redis(services, "Session cache"));
  await api.step(suspended, "suspend");
  const archived = await api.create(tcp(services, "Old ledger"));
  await api.archive(archived);
  const passed = await api.diagnose([active]);
  const blocked = await api.diagnose([failed, verified, active], { release: "2.4.0" });
  const kept = blocked.results.find(({ evidence_ids }) => evidence_ids.length)!;
  const error = await api.http.post("/api/errors", {
    data: {
      code: "payment_declined",
      message: "the acquirer answered 502 within 3 s",
      severity: "error",
      service: "checkout",
      environment: "production",
      user_message: "Your card could not be charged.",
      context: { order: 4711, attempt: 2 },
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      connection_id: active.id,
    },
  });
  const { correlation_id } = await error.json();
  const kinds = await (await api.http.get("/api/error-groups?code=payment_declined")).json();
  await api.sweep([active]);
  const [failing, mended] = [await breaking(api, "Ticket search"), await breaking(api, "Image resizer")];
  const incident = await api.incident(failing);
  const resolved = await api.incident(mended);
  await api.act(resolved, "acknowledge", "Its cache is full.");
  await api.act(resolved, "resolve", "Emptied by hand.");
  const settings = { url: "http://127.0.0.1:9/" };
  const credential = { secret: `whsec_${Buffer.from("a secret of a test, of 32 bytes.").toString("base64")}` };
  const channel = await (await api.http.post("/api/channels", { data: { name: "Operations", type: "webhook", settings, credential } })).json();
  await api.http.post(`/api/channels/${channel.id}/test`);
  await api.dispose();
  const paths = { draft, failed, verified, active, suspended, archived };
  return {
    ...Object.fromEntries(Object.entries(paths).map(([name, connection]) => [name, pathOf(connection)])),
    passed: pathOfRun(passed),
    blocked: pathOfRun(blocked),
    evidence: `${pathOfRun(blocked)}/evidence/${kept.evidence_ids[0]}`,
    health: `${HEALTH}/${active.id}`,
    unwatched: `${HEALTH}/${draft.id}`,
    failing: `${HEALTH}/${failing.id}`,
    incident: pathOfIncident(incident),
    resolved: pathOfIncident(resolved),
    channel: `/settings/channels/${channel.id}`,
    error: `/operations/errors/${correlation_id}`,
    "kind of error": `/operations/errors/groups/${kinds.items[0].id}`,
  } as SeededPlaces;
}

/** A connection that was well, then failed twice. */
async function breaking(api: Api, name: string): Promise<Connection> {
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection(name));
  await api.sweep([connection]);
  faultProxy.close();
  await api.sweep([connection]);
  await api.sweep([connection]);
  return connection;
}

export type Place = { name: string; path: string | ((seeded: SeededPlaces) => string); role?: Role | "nobody" };

/** Every page, in every shape it has. */
export const places: Place[] = [
  { name: "overview", path: "/" },
  { name: "connections", path: LIST },
  { name: "connections, filtered", path: `${LIST}?environment=development&sort=-updated_at` },
  { name: "connections, nothing matches", path: `${LIST}?q=unheard-of` },
  { name: "new connection", path: `${LIST}/new` },
  ...["http", "postgres", "redis", "tcp"].map((kind) => ({ name: `new ${kind} connection`, path: `${LIST}/new?kind=${kind}` })),
  { name: "draft connection", path: (seeded) => seeded.draft },
  { name: "failed connection", path: (seeded) => seeded.failed },
  { name: "verified connection", path: (seeded) => seeded.verified },
  { name: "active connection", path: (seeded) => seeded.active },
  { name: "suspended connection", path: (seeded) => seeded.suspended },
  { name: "archived connection", path: (seeded) => seeded.archived },
  { name: "edit of a draft", path: (seeded) => `${seeded.draft}/edit` },
  { name: "edit of an active connection", path: (seeded) => `${seeded.active}/edit` },
  { name: "runs", path: RUNS },
  { name: "runs, filtered", path: `${RUNS}?status=failed&environment=development` },
  { name: "runs, nothing matches", path: `${RUNS}?environment=production` },
  { name: "runs for a viewer", path: RUNS, role: "viewer" },
  { name: "new run", path: `${RUNS}/new` },
  { name: "run that passed", path: (seeded) => seeded.passed },
  { name: "run that blocks", path: (seeded) => seeded.blocked },
  { name: "run, its evidence shown", path: ({ blocked, evidence }) => `${blocked}?evidence=${evidence.split("/").at(-1)}` },
  { name: "run, filtered", path: (seeded) => `${seeded.blocked}?outcome=passed` },
  { name: "run, nothing matches", path: (seeded) => `${seeded.blocked}?q=unheard-of` },
  { name: "run for a viewer", path: (seeded) => seeded.blocked, role: "viewer" },
  { name: "evidence", path: (seeded) => seeded.evidence },
  { name: "health", path: HEALTH },
  { name: "health, nothing matches", path: `${HEALTH}?q=unheard-of` },
  { name: "health for a viewer", path: HEALTH, role: "viewer" },
  { name: "health of a connection", path: (seeded) => seeded.health },
  { name: "health of a draft", path: (seeded) => seeded.unwatched },
  { name: "health of what fails", path: (seeded) => seeded.failing },
  { name: "incidents", path: INCIDENTS },
  { name: "incidents, nothing matches", path: `${INCIDENTS}?status=acknowledged` },
  { name: "open incident", path: (seeded) => seeded.incident },
  { name: "resolved incident", path: (seeded) => seeded.resolved },
  { name: "incident for a viewer", path: (seeded) => seeded.incident, role: "viewer" },
  { name: "declaring an incident", path: `${INCIDENTS}/new` },
  { name: "post-mortem", path: (seeded) => `${seeded.resolved}/post-mortem` },
  { name: "post-mortem for a viewer", path: (seeded) => `${seeded.resolved}/post-mortem`, role: "viewer" },
  { name: "action items", path: `${INCIDENTS}/actions` },
  { name: "today", path: "/operations/today" },
  { name: "today for a viewer", path: "/operations/today", role: "viewer" },
  { name: "notifications", path: "/operations/notifications" },
  { name: "errors", path: "/operations/errors" },
  { name: "errors, nothing matches", path: "/operations/errors?q=unheard-of" },
  { name: "error", path: (seeded) => seeded.error },
  { name: "kind of error", path: (seeded) => seeded["kind of error"] },
  { name: "catalogue of errors", path: "/operations/errors/catalogue" },
  { name: "catalogue for a viewer", path: "/operations/errors/catalogue", role: "viewer" },
  { name: "errors for a viewer", path: "/operations/errors", role: "viewer" },
  { name: "API reference", path: "/api/reference" },
  { name: "channels", path: "/settings/channels" },
  { name: "channels for a viewer", path: "/settings/channels", role: "viewer" },
  { name: "on call", path: "/settings/on-call" },
  { name: "on call for a viewer", path: "/settings/on-call", role: "viewer" },
  ...["contact", "schedule", "escalation"].map((form) => ({ name: `new ${form}`, path: `/settings/on-call/${form}` })),
  { name: "severities", path: "/settings/severity" },
  { name: "severities for a viewer", path: "/settings/severity", role: "viewer" },
  { name: "new channel", path: "/settings/channels/new" },
  ...["email", "template"].map((type) => ({ name: `new ${type} channel`, path: `/settings/channels/new?type=${type}` })),
  { name: "channel", path: (seeded) => seeded.channel },
  { name: "channel for a viewer", path: (seeded) => seeded.channel, role: "viewer" },
  { name: "tokens", path: "/settings/tokens" },
  { name: "audit log", path: "/settings/audit" },
  { name: "audit log, nothing matches", path: "/settings/audit?actor=nobody" },
  { name: "team", path: "/settings/team" },
  { name: "team for a viewer", path: "/settings/team", role: "viewer" },
  { name: "profile", path: "/settings/profile" },
  { name: "second factor", path: "/settings/profile/second-factor" },
  { name: "invitation that is over", path: "/invitations/x", role: "nobody" },
  { name: "not found", path: "/nothing/here" },
  { name: "not allowed", path: "/settings/tokens", role: "viewer" },
  { name: "active connection for a viewer", path: (seeded) => seeded.active, role: "viewer" },
  { name: "sign in", path: "/sign-in", role: "nobody" },
  { name: "set up", path: "/setup?token=x", role: "nobody" },
];

/** What a console shows before anything stands in it. */
export const emptyPlaces: Place[] = [
  { name: "empty overview", path: "/" },
  { name: "no connections", path: LIST },
  { name: "no runs", path: RUNS },
  { name: "nothing to run", path: `${RUNS}/new` },
  { name: "nothing watched", path: HEALTH },
  { name: "no incidents", path: INCIDENTS },
  { name: "no notifications", path: "/operations/notifications" },
  { name: "no errors", path: "/operations/errors" },
  { name: "no tokens", path: "/settings/tokens" },
];

export const pathIn = (seeded: SeededPlaces, { path }: Place): string => (typeof path === "string" ? path : path(seeded));
