// Connections of a console, and how punctually they are tried.

import { setTimeout as sleep } from "node:timers/promises";
import { command } from "./stage.mjs";
import { cpu, percentiles, resident, rounded } from "./figures.mjs";

const PLACES = ["development", "staging", "production"];

/** The HTTP API as an operator's program uses it. */
export class Api {
  #token = command(["tokens", "create", "bench", "--role", "operator"]);

  get token() {
    return this.#token;
  }

  async call(address, method, path, body) {
    const headers = { authorization: `Bearer ${this.#token}`, "content-type": "application/json" };
    const answer = await fetch(address + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Creates, verifies and activates one connection for each URL; answers their ids. */
  async activate(address, urls, heartbeat, first = 0) {
    const ids = [];
    let next = 0;
    const clerk = async () => {
      while (next < urls.length) {
        const index = next++;
        const name = `Service ${String(first + index).padStart(4, "0")}`;
        const created = await this.call(address, "POST", "/api/service-connections", {
          name, kind: "http", environment: PLACES[index % 3], settings: { url: urls[index] }, heartbeat,
        });
        ids[index] = created.id;
        await this.call(address, "POST", `/api/service-connections/${created.id}/verify`);
        await this.call(address, "POST", `/api/service-connections/${created.id}/activate`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, clerk));
    return ids;
  }

  /** A slot of each connection, in milliseconds since 1970, by its name. */
  async slots(address) {
    const slots = new Map();
    let cursor = "";
    do {
      const page = await this.call(address, "GET", `/api/service-connections/health?limit=200${cursor}`);
      for (const { name, last_heartbeat_at } of page.items) slots.set(name, Date.parse(last_heartbeat_at));
      cursor = page.next ? `&cursor=${encodeURIComponent(page.next)}` : "";
    } while (cursor);
    return slots;
  }
}

/** One URL for each connection, over as many addresses as the target listens on: `/PATH/0012` is that of `Service 0012`. */
export function urlsOf({ address }, path, count, { first = 0, hosts = 1, skip = 0 } = {}) {
  const port = new URL(address).port;
  const host = (index) => (index + skip === 0 ? "127.0.0.1" : `127.1.${(index + skip) >> 8}.${(index + skip) & 255}`);
  return Array.from({ length: count }, (_, index) => `http://${host(index % hosts)}:${port}/${path}/${String(first + index).padStart(4, "0")}`);
}

/** Slots come once an interval, before the one that is known as after it. */
const sinceSlot = (apart, interval) => ((apart % interval) + interval) % interval;

/** What heartbeats cost the server, and how long after its slot each request reached the target; of those under `/PATH/`. */
export async function measure({ api, server, target, interval, seconds, path, connections }) {
  const report = async () => (await fetch(`${target.address}/report`)).json();
  await report();
  const [before, at] = [cpu(server.pid), Date.now()];
  await sleep(seconds * 1000);
  const after = cpu(server.pid);
  const arrivals = Object.entries(await report());
  const wall = (Date.now() - at) / 1000;
  const slots = await api.slots(server.address);
  const late = [], off = [];
  let all = 0, counted = 0;
  for (const [asked, times] of arrivals) {
    all += times.length;
    const [, kind, number] = asked.split("/");
    if (kind !== path) continue;
    counted += times.length;
    const slot = slots.get(`Service ${number}`);
    for (const time of times) late.push(sinceSlot(time - slot, interval * 1000));
    // Intervals are whole seconds.
    for (let index = 1; index < times.length; index++) off.push(Math.abs(((times[index] - times[index - 1] + 500) % 1000) - 500));
  }
  const [user, system] = [after.user - before.user, after.system - before.system];
  return {
    heartbeats: counted, expected: Math.round((connections * wall) / interval), late_ms: percentiles(late), uneven_ms: percentiles(off),
    cpu_ms_each: rounded(((user + system) * 1000) / all, 3), of_it_system: rounded(system / (user + system)), resident_mb: resident(server.pid),
  };
}
