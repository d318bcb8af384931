// Which queries a page asks the database, by the log of a server that writes each one down.

import { setTimeout as sleep } from "node:timers/promises";
import { rounded } from "./figures.mjs";
import { signIn } from "./people.mjs";
import { get } from "./request.mjs";
import { serve } from "./stage.mjs";

const TIMES = 10;

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

export class Queries {
  #lines = [];

  static async serve() {
    const queries = new Queries();
    queries.server = await serve({ RUST_LOG: "error,sqlx::query=debug" }, (line) => queries.#lines.push(line));
    queries.cookie = await signIn(queries.server.address);
    return queries;
  }

  /** How many queries, and the slowest of them: what is asked every time, for the server asks things for itself meanwhile. */
  async of(path) {
    const turns = [];
    for (let turn = 0; turn < TIMES; turn++) {
      this.#lines.length = 0;
      await get(this.server.address + path, this.cookie);
      await sleep(15);
      turns.push(this.#asked());
    }
    const ours = [...turns[0].keys()].filter((text) => turns.every((turn) => turn.has(text)));
    const asked = ours.map((text) => ({ text, times: Math.min(...turns.map((turn) => turn.get(text).length)), ms: median(turns.flatMap((turn) => turn.get(text))) }));
    const slowest = asked.reduce((one, other) => (one.ms < other.ms ? other : one));
    return { queries: asked.reduce((sum, { times }) => sum + times, 0), slowest_ms: rounded(slowest.ms), slowest: slowest.text.slice(0, 120) };
  }

  /** How long each query took, by its text. */
  #asked() {
    const asked = new Map();
    for (const line of this.#lines) {
      const event = JSON.parse(line);
      const text = (event["db.statement"] || event.summary).replace(/\s+/g, " ").trim();
      asked.set(text, [...(asked.get(text) ?? []), event.elapsed_secs * 1000]);
    }
    return asked;
  }
}
