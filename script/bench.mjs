// The measuring half of script/bench.

import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values: given } = parseArgs({
  options: {
    connections: { type: "string", default: "1000" },
    interval: { type: "string", default: "20" },
    seconds: { type: "string", default: "60" },
    viewers: { type: "string", default: "100" },
    json: { type: "boolean", default: false },
  },
});
const [connections, interval, seconds, viewers] = [given.connections, given.interval, given.seconds, given.viewers].map(Number);
const program = join(process.env.CARGO_TARGET_DIR, "release/switchboard");
const bench = join(process.env.CARGO_TARGET_DIR, "release/examples/bench");
const folder = mkdtempSync(join(tmpdir(), "switchboard-bench."));
const environment = { ...process.env, SWITCHBOARD_DATA_DIR: folder, SWITCHBOARD_LISTEN: "127.0.0.1:0", RUST_LOG: "warn" };
const children = [];
const say = (text) => process.stderr.write(`${text}\n`);

/** A child process, and the address in the line it prints when it is ready. */
async function launch(command, args) {
  const child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /listening on (http:\S+)/.exec(line)?.[1];
    if (address) return { child, address };
  }
  throw new Error(`${command} ended before it was ready`);
}

/** Seconds of user and system time; the kernel counts in hundredths. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const resident = (pid) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 102.4) / 10;
const rounded = (number) => Math.round(number * 1000) / 1000;

async function main() {
  const target = await launch(bench, ["target", "0"]);
  const token = execFileSync(program, ["tokens", "create", "bench", "--role", "operator"], { env: environment, encoding: "utf8" }).trim();
  const server = await launch(program, ["serve"]);
  const pid = server.child.pid;
  const atRest = resident(pid);
  const call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(server.address + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  say(`${connections} connections, each tried every ${interval} s …`);
  const ids = [];
  let next = 0;
  const begun = Date.now();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < connections) {
        const index = next++;
        const created = await call("POST", "/api/service-connections", {
          name: `Service ${index}`, kind: "http", environment: "development", settings: { url: `${target.address}/${index}` },
          heartbeat: { interval_seconds: interval, timeout_seconds: 5, retries: 1 },
        });
        ids.push(created.id);
        await call("POST", `/api/service-connections/${created.id}/verify`);
        await call("POST", `/api/service-connections/${created.id}/activate`);
      }
    }),
  );
  say(`set up in ${Math.round((Date.now() - begun) / 1000)} s; settling for ${interval * 2 + 5} s`);
  await sleep((interval * 2 + 5) * 1000);

  const measure = async () => {
    await (await fetch(`${target.address}/report`)).json();
    const [before, at] = [cpu(pid), Date.now()];
    await sleep(seconds * 1000);
    const spent = cpu(pid) - before;
    const report = await (await fetch(`${target.address}/report`)).json();
    const wall = (Date.now() - at) / 1000;
    return {
      heartbeats: report.requests, expected: Math.round((connections * wall) / interval), cpu_ms_each: rounded((spent * 1000) / report.requests),
      jitter_ms: report.jitter_ms, resident_mb: resident(pid),
    };
  };
  const alone = await measure();
  say(`alone: ${JSON.stringify(alone)}`);
  const leave = new AbortController();
  let heard = 0;
  for (let index = 0; index < viewers; index++) {
    fetch(`${server.address}/api/events`, { headers: { authorization: `Bearer ${token}` }, signal: leave.signal })
      .then(async (answer) => { for await (const chunk of answer.body) heard += chunk.length; })
      .catch(() => {});
  }
  await sleep(3000);
  const watched = await measure();
  watched.bytes_heard = heard;
  say(`with ${viewers} viewers: ${JSON.stringify(watched)}`);
  leave.abort();
  const run = (...args) => JSON.parse(execFileSync(bench, args, { encoding: "utf8" }));
  const bare = run("client", `${target.address}/bare`, String(Math.round(connections / interval)), String(Math.min(seconds, 30)));
  say(`bare client: ${JSON.stringify(bare)}`);
  const reads = {
    connection: run("load", `${server.address}/api/service-connections/${ids[0]}`, token, "50", "10"),
    connections: run("load", `${server.address}/api/service-connections?limit=50`, token, "50", "10"),
    health: run("load", `${server.address}/api/service-connections/health?limit=50`, token, "50", "10"),
    slots: run("load", `${server.address}/api/service-connections/${ids[0]}/heartbeats`, token, "50", "10"),
  };
  const result = {
    connections, interval_seconds: interval, measured_seconds: seconds, resident_mb_at_rest: atRest, alone, viewers, watched, bare,
    ratio_to_bare: rounded(alone.cpu_ms_each / bare.cpu_ms_each), reads_at_50_clients: reads,
  };
  if (!process.env.DATABASE_URL) result.database_mb = rounded(statSync(join(folder, "switchboard.db")).size / 1e6);
  console.log(JSON.stringify(result, null, given.json ? 0 : 2));
}

try {
  await main();
} finally {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((child) => child.exitCode ?? new Promise((done) => child.on("exit", done))));
  rmSync(folder, { recursive: true, force: true });
}
