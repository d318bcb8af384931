// A page as sent, before anything unpacks it.

import { Agent, request } from "node:http";
import { percentiles } from "./figures.mjs";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

export function get(url, cookie, encoding = "gzip") {
  const begun = performance.now();
  return new Promise((done, fail) => {
    const asked = request(url, { agent, headers: { cookie, accept: "text/html", "accept-encoding": encoding } }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk) => (bytes += chunk.length));
      answer.on("error", fail);
      answer.on("end", () => {
        if (answer.statusCode === 200) done({ bytes, ms: performance.now() - begun });
        else fail(new Error(`${url}: ${answer.statusCode}`));
      });
    });
    asked.on("error", fail).end();
  });
}

/** What it takes to send a page that often, one after the other. */
export async function time(url, cookie, requests) {
  for (let index = 0; index < 10; index++) await get(url, cookie);
  const raw = (await get(url, cookie, "identity")).bytes;
  const answers = [];
  for (let index = 0; index < requests; index++) answers.push(await get(url, cookie, "gzip"));
  return { bytes: raw, gzip: answers[0].bytes, ms: percentiles(answers.map((answer) => answer.ms), [0.5, 0.95, 1]) };
}
