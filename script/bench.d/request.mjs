// A page as sent, before anything unpacks it.

import { Agent, request } from "node:http";

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
