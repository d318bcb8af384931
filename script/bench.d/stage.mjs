// What every bench plays on: a temporary folder, a database, and processes that end with it.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const release = join(process.env.CARGO_TARGET_DIR, "release");
const program = join(release, "switchboard");
const tool = join(release, "examples/bench");
export const folder = mkdtempSync(join(tmpdir(), "switchboard-bench."));
const children = [];
// One that the bench tool knows as well, where it opens the database itself.
writeFileSync(join(folder, "master.key"), Buffer.alloc(32, 7).toString("base64"), { mode: 0o600 });

const environment = {
  ...process.env, SWITCHBOARD_DATA_DIR: folder, SWITCHBOARD_LISTEN: "127.0.0.1:0", RUST_LOG: "error",
  // So that connections of every environment may be tried.
  SWITCHBOARD_EGRESS_ALLOW: "127.0.0.0/8",
  DATABASE_URL: newDatabase("switchboard"),
};
export const database = process.env.TEST_SERVICES ? "PostgreSQL" : "SQLite";

export const say = (text) => process.stderr.write(`${text}\n`);

/** The address of an empty one. */
export function newDatabase(name) {
  if (!process.env.TEST_SERVICES) return `sqlite://${join(folder, `${name}.db`)}`;
  const superuser = JSON.parse(readFileSync(process.env.TEST_SERVICES, "utf8")).postgres.superuser_url;
  execFileSync("psql", ["--no-psqlrc", "-q", superuser, "-c", `create database ${name}`]);
  return superuser.replace(/\/postgres$/, `/${name}`);
}

/** A child process, and the address in the line it prints when it is ready. `told` gets its log, line by line. */
async function launch(command, args, settings = {}, told) {
  const child = spawn(command, args, { env: { ...environment, ...settings }, stdio: ["ignore", "pipe", told ? "pipe" : "inherit"] });
  children.push(child);
  if (told) createInterface({ input: child.stderr }).on("line", told);
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /listening on (http:\S+)/.exec(line)?.[1];
    if (address) return { child, address, pid: child.pid };
  }
  throw new Error(`${command} ended before it was ready`);
}

export const serve = (settings, told) => launch(program, ["serve"], settings, told);
export const target = (addresses = 1) => launch(tool, ["target", String(addresses)]);
export const ask = (...args) => JSON.parse(execFileSync(tool, args.map(String), { encoding: "utf8" }));
/** The same of the database, while no server runs. */
export const askOfDatabase = (what, ...args) => ask(what, environment.DATABASE_URL, ...args);
export const command = (args, input) => execFileSync(program, args, { env: environment, encoding: "utf8", input }).trim();
export const onDatabase = (args, input) => JSON.parse(execFileSync("python3", ["script/bench.d/database.py", ...args], { env: environment, encoding: "utf8", input }));

export async function end({ child }) {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await gone;
  }
}

/** Runs `act`, prints what it comes to, and leaves nothing behind. */
export async function play(act) {
  try {
    console.log(JSON.stringify(await act()));
  } finally {
    await Promise.all(children.map((child) => end({ child })));
    rmSync(folder, { recursive: true, force: true });
  }
}
