// What heartbeats cost beside a bare client loop of the same run, alone and with people who look on; then reads of the API.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { Api, measure, urlsOf } from "./connections.mjs";
import { resident, rounded } from "./figures.mjs";
import { hire, view } from "./people.mjs";
import { ask, database, folder, onDatabase, play, say, serve, target as launchTarget } from "./stage.mjs";

const { values: given } = parseArgs({
  options: {
    connections: { type: "string", default: "1000" },
    interval: { type: "string", default: "20" },
    seconds: { type: "string", default: "60" },
    viewers: { type: "string", default: "100" },
    hosts: { type: "string", default: "1" },
    profile: { type: "boolean", default: false },
  },
});
const [connections, interval, seconds, viewers, hosts] = [given.connections, given.interval, given.seconds, given.viewers, given.hosts].map(Number);

/** Where a server's time goes, by the kernel's samples of 20 s. */
async function profile(pid) {
  const file = join(folder, "perf.data");
  const perf = promisify(execFile);
  await perf("perf", ["record", "-q", "-e", "cpu-clock", "-F", "4999", "-p", String(pid), "-o", file, "--", "sleep", "20"]);
  for (const sort of ["dso", "symbol"]) {
    const { stdout } = await perf("perf", ["report", "-q", "-i", file, "-F", `overhead,${sort}`, "--stdio", "--percent-limit", "0.7"]);
    say(stdout.replace(/\s+\n/g, "\n").trim());
  }
}

await play(async () => {
  hire();
  const api = new Api();
  const target = await launchTarget(hosts);
  const server = await serve();
  const atRest = resident(server.pid);
  say(`${database}: ${connections} connections, each tried every ${interval} s …`);
  const begun = Date.now();
  const urls = urlsOf(target, "steady", connections, { hosts });
  const ids = await api.activate(server.address, urls, { interval_seconds: interval, timeout_seconds: 5, retries: 1 });
  const settling = Math.min(interval, 60) + 15;
  say(`set up in ${Math.round((Date.now() - begun) / 1000)} s; settling for ${settling} s`);
  await sleep(settling * 1000);
  const one = { api, server, target, interval, seconds, path: "steady", connections };
  const alone = await measure(one);
  say(`alone: ${JSON.stringify(alone)}`);
  if (given.profile) await profile(server.pid);

  const leave = new AbortController();
  const audience = [];
  for (let index = 0; index < viewers; index++) audience.push(await view(server.address, "/operations/health", index, leave.signal));
  await sleep(3000);
  const heard = () => audience.reduce((sum, viewer) => sum + viewer.heard, 0);
  const before = heard();
  const watched = await measure(one);
  watched.kb_heard_by_each = rounded((heard() - before) / 1024 / Math.max(viewers, 1), 1);
  say(`with ${viewers} viewers: ${JSON.stringify(watched)}`);
  leave.abort();

  const bare = ask("client", `${target.address}/bare`, Math.round(connections / interval), Math.min(seconds, 30));
  say(`bare client: ${JSON.stringify(bare)}`);
  const read = (path) => ask("load", `${server.address}/api/service-connections${path}`, api.token, 50, 10);
  const reads = { connection: read(`/${ids[0]}`), connections: read("?limit=50"), health: read("/health?limit=50"), slots: read(`/${ids[0]}/heartbeats`) };
  return {
    database, connections, interval_seconds: interval, measured_seconds: seconds, hosts, resident_mb_at_rest: atRest, alone, viewers, watched, bare,
    ratio_to_bare: rounded(alone.cpu_ms_each / bare.cpu_ms_each), ratio_watched_to_alone: rounded(watched.cpu_ms_each / alone.cpu_ms_each),
    storage: onDatabase(["size"]), reads_at_50_clients: reads,
  };
});
