// Which queries a page asks the database, by the log of a server that writes each one down.

import { setTimeout as sleep } from "node:timers/promises";
import { rounded } from "./figures.mjs";
import { signIn } from "./people.mjs";
import { get } from "./request.mjs";
import { serve } from "./stage.mjs";

const TIMES = 10;

export class Queries {
  #lines = [];

  static async serve() {
    const queries = new Queries();
    queries.server = await serve({ RUST_LOG: "error,sqlx::query=debug" }, (line) => queries.#lines.push(line));
    queries.cookie = await signIn(queries.server.address);
    return queries;
  }

  /** How many queries, and the slowest of them. What the server asks for itself meanwhile is told from them by its being seldom. */
  async of(path) {
    const seen = new Map();
    for (let turn = 0; turn < TIMES; turn++) {
      await sleep(30);
      this.#lines.length = 0;
      await get(this.server.address + path, this.cookie);
      await sleep(30);
      for (const line of this.#lines) {
        const event = JSON.parse(line);
        const text = (event["db.statement"] || event.summary).replace(/\s+/g, " ").trim();
        seen.set(text, [...(seen.get(text) ?? []), event.elapsed_secs * 1000]);
      }
    }
    const ours = [...seen].filter(([, took]) => took.length >= TIMES - 1);
    const asked = ours.map(([text, took]) => ({ text, ms: took.sort((a, b) => a - b)[took.length >> 1] })).sort((a, b) => b.ms - a.ms);
    const count = ours.reduce((sum, [, took]) => sum + Math.round(took.length / TIMES), 0);
    return { queries: count, slowest_ms: rounded(asked[0]?.ms ?? 0), slowest: asked[0]?.text.slice(0, 120) };
  }
}
