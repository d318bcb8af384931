// Whether connections that answer stay on time beside many that hang.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Api, measure, urlsOf } from "./connections.mjs";
import { database, onDatabase, play, say, serve, target as launchTarget } from "./stage.mjs";

const { values: given } = parseArgs({
  options: {
    healthy: { type: "string", default: "200" },
    hanging: { type: "string", default: "1000" },
    hosts: { type: "string", default: "1000" },
    seconds: { type: "string", default: "60" },
  },
});
const [healthy, hanging, hosts, seconds] = [given.healthy, given.hanging, given.hosts, given.seconds].map(Number);
const interval = 20;

await play(async () => {
  const api = new Api();
  // The first address is that of the healthy ones.
  const target = await launchTarget(hosts + 1);
  const server = await serve();
  const heartbeat = { interval_seconds: interval, timeout_seconds: 5, retries: 1 };
  await api.activate(server.address, urlsOf(target, "steady", healthy), heartbeat);
  await sleep(interval * 1500);
  const one = { api, server, target, interval, seconds, path: "steady", connections: healthy };
  const alone = await measure(one);
  say(`${healthy} alone: ${JSON.stringify(alone)}`);
  await api.activate(server.address, urlsOf(target, "stall", hanging, { first: healthy, hosts, skip: 1 }), heartbeat, healthy);
  await sleep(interval * 1500);
  const answering = await measure(one);
  say(`beside ${hanging} that answer: ${JSON.stringify(answering)}`);
  await fetch(`${target.address}/turn`);
  await sleep(interval * 1000);
  const beginning = await measure(one);
  say(`beside ${hanging} that hang, for the first time: ${JSON.stringify(beginning)}`);
  const hung = await measure(one);
  say(`beside ${hanging} that hang: ${JSON.stringify(hung)}`);
  return { database, healthy, hanging, hosts, interval_seconds: interval, alone, answering, beginning, hung, ends: onDatabase(["ends"]) };
});
