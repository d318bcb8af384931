import { type APIRequestContext, expect, request } from "@playwright/test";
import type { Role, Switchboard } from "./switchboard";

/** What is sent to create a connection. */
export type NewConnection = {
  name: string;
  kind: string;
  environment: "development" | "staging" | "production";
  settings: Record<string, unknown>;
  credential?: Record<string, string>;
  tags?: string[];
  owner?: string;
  runbook_url?: string;
  heartbeat?: Record<string, unknown>;
};

export type Connection = NewConnection & { id: string; state: string; version: number; has_credential?: boolean };

export type Result = { connection_id: string; scenario: string; outcome: string; evidence_ids: string[] };
export type Run = { id: string; status: string; verdict: "pass" | "block" | null; results: Result[] };

export type Incident = { id: string; status: "open" | "acknowledged" | "resolved" };

export const LIST = "/settings/service-connections";
export const RUNS = "/operations/diagnostics";
export const HEALTH = "/operations/health";
export const INCIDENTS = "/operations/incidents";
const API = "/api/service-connections";

/** The HTTP API, as a program uses it. */
export class Api {
  private constructor(readonly http: APIRequestContext) {}

  static async of(switchboard: Switchboard, role: Role): Promise<Api> {
    const authorization = `Bearer ${await switchboard.token(role)}`;
    return new Api(await request.newContext({ baseURL: switchboard.baseURL, extraHTTPHeaders: { authorization } }));
  }

  dispose(): Promise<void> {
    return this.http.dispose();
  }

  async create(connection: NewConnection): Promise<Connection> {
    const answer = await this.http.post(API, { data: connection });
    expect(answer.status(), await answer.text()).toBe(201);
    return answer.json();
  }

  async get(id: string): Promise<Connection> {
    return (await this.http.get(`${API}/${id}`)).json();
  }

  async named(name: string): Promise<Connection[]> {
    return (await (await this.http.get(API, { params: { q: name } })).json()).items;
  }

  async edit(connection: Connection, change: Partial<NewConnection>): Promise<Connection> {
    const answer = await this.http.patch(`${API}/${connection.id}`, { data: change, headers: { "if-match": `"${connection.version}"` } });
    expect(answer.status(), await answer.text()).toBe(200);
    return answer.json();
  }

  /** Tries it; returns whether it passed. */
  async verify({ id }: Connection): Promise<"passed" | "failed"> {
    const answer = await this.http.post(`${API}/${id}/verify`);
    expect(answer.status(), await answer.text()).toBe(200);
    return (await answer.json()).outcome;
  }

  async archive({ id }: Connection): Promise<void> {
    expect((await this.http.delete(`${API}/${id}`)).status()).toBe(200);
  }

  async step({ id }: Connection, step: "activate" | "suspend" | "resume"): Promise<void> {
    const answer = await this.http.post(`${API}/${id}/${step}`);
    expect(answer.status(), await answer.text()).toBe(200);
  }

  /** Begins a run and waits for its end. */
  async diagnose(connections: { id: string }[], more: { release?: string } = {}): Promise<Run> {
    const answer = await this.http.post("/api/diagnostics/runs", { data: { connection_ids: connections.map(({ id }) => id), ...more }, params: { wait: 30 } });
    expect(answer.status(), await answer.text()).toBe(202);
    return answer.json();
  }

  /** Tries each of these connections now, and answers how many passed. */
  async sweep(connections: { id: string }[]): Promise<{ passed: number; failed: number }> {
    const outcomes = await Promise.all(connections.map((connection) => this.tryNow(connection)));
    const passed = outcomes.filter(Boolean).length;
    return { passed, failed: outcomes.length - passed };
  }

  /** Whether it passed. One that the scheduler is trying just then is left out, and asked for again. */
  private async tryNow({ id }: { id: string }): Promise<boolean> {
    for (;;) {
      const answer = await this.http.post(`${API}/heartbeat`, { data: { connection_ids: [id] } });
      expect(answer.status(), await answer.text()).toBe(200);
      const { passed, failed } = await answer.json();
      if (passed + failed === 1) return passed === 1;
    }
  }

  /** Its slots of the last day. */
  async heartbeats({ id }: { id: string }): Promise<{ at: string; outcome: string }[]> {
    return (await (await this.http.get(`${API}/${id}/heartbeats`)).json()).items;
  }

  /** Its newest incident. */
  async incident({ id }: { id: string }): Promise<Incident> {
    const answer = await this.http.get(`${API}/incidents`, { params: { connection_id: id } });
    return (await answer.json()).items[0];
  }

  async act({ id }: Incident, action: "acknowledge" | "resolve", note: string): Promise<void> {
    const answer = await this.http.post(`${API}/incidents`, { data: { incident_id: id, action, note } });
    expect(answer.status(), await answer.text()).toBe(200);
  }

  async verified(connection: NewConnection): Promise<Connection> {
    const created = await this.create(connection);
    expect(await this.verify(created)).toBe("passed");
    return created;
  }

  async active(connection: NewConnection): Promise<Connection> {
    const verified = await this.verified(connection);
    await this.step(verified, "activate");
    return verified;
  }
}

export const pathOfRun = ({ id }: { id: string }): string => `${RUNS}/${id}`;
export const pathOfIncident = ({ id }: Incident): string => `${INCIDENTS}/${id}`;
export const pathOf = ({ id }: { id: string }): string => `${LIST}/${id}`;
