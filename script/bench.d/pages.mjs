// What pages cost with a month of history: bytes, time, queries, and when a browser has painted the most of them.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Browser } from "./browser.mjs";
import { Api, urlsOf } from "./connections.mjs";
import { hire, signIn } from "./people.mjs";
import { Queries } from "./queries.mjs";
import { time } from "./request.mjs";
import { ask, askOfDatabase, database, end, onDatabase, play, say, serve, target as launchTarget } from "./stage.mjs";

const { values: given } = parseArgs({
  options: { connections: { type: "string", default: "2000" }, requests: { type: "string", default: "100" }, pictures: { type: "string" } },
});
const [connections, requests] = [given.connections, given.requests].map(Number);
/** Of which the history says that they fail. */
const FAILING = 8;
const SHAPES = 8;

const pagesOf = (ids, incident) => ({
  overview: "/",
  health: "/operations/health",
  "health, failing": "/operations/health?status=incident",
  "health, well": "/operations/health?status=healthy",
  "health, searched": "/operations/health?q=service%20011",
  "health, by latency": "/operations/health?sort=-latency",
  "health, last page": `/operations/health?page=${Math.ceil(connections / 50)}`,
  "health of one": `/operations/health/${ids[connections >> 1]}`,
  "health of one that fails": `/operations/health/${ids[0]}`,
  incidents: "/operations/incidents",
  "incidents, open": "/operations/incidents?status=open",
  incident: `/operations/incidents/${incident}`,
  connections: "/settings/service-connections",
  connection: `/settings/service-connections/${ids[connections >> 1]}`,
});

async function seedPlaces(target) {
  const server = await serve();
  const urls = [...urlsOf(target, "down", FAILING), ...urlsOf(target, "steady", connections - FAILING, { first: FAILING })];
  const ids = await new Api().activate(server.address, urls, { interval_seconds: 300, timeout_seconds: 5, retries: 1 });
  await end(server);
  const begun = Date.now();
  const history = onDatabase(["history"], JSON.stringify(ask("shapes", SHAPES)));
  say(`${database}: history of ${connections} connections in ${Math.round((Date.now() - begun) / 1000)} s: ${JSON.stringify(history)}`);
  await fetch(`${target.address}/turn`);
  return { ids, history };
}

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  phone: { viewport: { width: 412, height: 839 }, isMobile: true, hasTouch: true },
  "without script": { javaScriptEnabled: false },
};

await play(async () => {
  hire();
  const target = await launchTarget();
  const { ids, history } = await seedPlaces(target);
  const figures = {};
  const server = await serve();
  const cookie = await signIn(server.address);
  const open = await fetch(`${server.address}/api/incidents?status=open&limit=1`, { headers: { cookie } });
  const [{ id: incident }] = (await open.json()).items;
  const pages = pagesOf(ids, incident);
  const radius = `/api/incidents/${incident}/blast-radius`;
  for (const [name, path] of [...Object.entries(pages), ["blast radius", radius]]) figures[name] = await time(server.address + path, cookie, requests);
  const browser = await Browser.launch(server.address, cookie);
  for (const [name, path] of Object.entries(pages)) Object.assign(figures[name], await browser.visit(path));
  for (const [look, options] of Object.entries(given.pictures ? LOOKS : {})) {
    for (const [name, path] of Object.entries(pages)) await browser.picture(path, join(given.pictures, `${name}, ${look}.png`), options);
  }
  await browser.close();
  await end(server);
  // Logging each query takes time of its own, so another server is asked.
  const queries = await Queries.serve();
  for (const [name, path] of [...Object.entries(pages), ["blast radius", radius]]) Object.assign(figures[name], await queries.of(path));
  await end(queries.server);
  Object.assign(figures["blast radius"], askOfDatabase("radius"));
  for (const [name, figure] of Object.entries(figures)) say(`${name}: ${JSON.stringify(figure)}`);
  return { database, connections, requests, history, figures };
});
