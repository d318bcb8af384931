import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test as base } from "@playwright/test";
import { readServices, type Services } from "./services";

export { expect } from "@playwright/test";

export const binary = resolve(import.meta.dirname, "../../target/release/switchboard");

const PATIENCE_MS = 20_000;

/** A console of its own: the release binary on a free port with an empty data directory. */
export class Switchboard {
  readonly logs: string[] = [];
  /** The one-time link of the first start. */
  setupUrl = "";
  private process?: ChildProcess;

  private constructor(
    readonly baseURL: string,
    readonly dataDir: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** `environment` is added to the settings, for tests that need others. */
  static async launch(environment: NodeJS.ProcessEnv = {}): Promise<Switchboard> {
    const port = await freePort();
    const dataDir = mkdtempSync(join(tmpdir(), "switchboard-end2end-"));
    const switchboard = new Switchboard(`http://127.0.0.1:${port}`, dataDir, {
      SWITCHBOARD_LISTEN: `127.0.0.1:${port}`,
      SWITCHBOARD_DATA_DIR: dataDir,
      ...environment,
    });
    await switchboard.start();
    switchboard.setupUrl = await switchboard.line(/set up: (\S+)/);
    return switchboard;
  }

  /** Starts the server, or starts it again with the same port and data, and waits until it listens. */
  async start(): Promise<void> {
    const from = this.logs.length;
    const started = spawn(binary, ["serve"], {
      cwd: this.dataDir,
      // Nothing else of ours: a DATABASE_URL of the developer must not become the test's.
      env: { PATH: process.env.PATH, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = started;
    for (const stream of [started.stdout, started.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.logs.push(line));
    }
    await this.line(/listening on (http:\S+)/, from);
  }

  /** Asks the server to stop, as an operator would, and waits until it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const running = this.process;
    if (!running || this.stopped) return;
    const gone = once(running, "exit");
    running.kill(signal);
    const insist = setTimeout(() => running.kill("SIGKILL"), PATIENCE_MS);
    await gone;
    clearTimeout(insist);
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private get stopped(): boolean {
    return this.process?.exitCode !== null || this.process?.signalCode !== null;
  }

  /** The first group of `pattern` in the first log line from `from` on that matches, when it comes. */
  private async line(pattern: RegExp, from = 0): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.logs.slice(from).map((line) => pattern.exec(line)?.[1]).find(Boolean);
      if (found) return found;
      if (this.stopped || Date.now() > deadline) {
        throw new Error(`the server did not print ${pattern}; it printed:\n${this.logs.slice(from).join("\n")}`);
      }
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

type WorkerFixtures = { switchboard: Switchboard; services: Services };

/** `page.goto("/...")` goes to the worker's own console. */
export const test = base.extend<object, WorkerFixtures>({
  switchboard: [
    async ({}, use) => {
      const switchboard = await Switchboard.launch();
      await use(switchboard);
      await switchboard.dispose();
    },
    { scope: "worker" },
  ],
  services: [async ({}, use) => use(readServices()), { scope: "worker" }],
  baseURL: async ({ switchboard }, use) => use(switchboard.baseURL),
});
