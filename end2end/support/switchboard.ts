import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { request } from "@playwright/test";

/** The build that SWITCHBOARD names, or the one that was made last. */
export const binary = process.env.SWITCHBOARD ?? lastBuilt(["release", "debug"]);

export type Role = "viewer" | "operator" | "admin";
/** Cookies of someone signed in, as Playwright keeps them. */
export type Session = { cookies: Cookie[]; origins: [] };
type Cookie = Awaited<ReturnType<Awaited<ReturnType<typeof request.newContext>>["storageState"]>>["cookies"][number];

export type Shared = { baseURL: string; dataDir: string; sessions: [Role, Session][] };

/** Everybody's. */
export const password = "correct horse battery";

const PATIENCE_MS = 20_000;

/** A console of its own: the release binary on a free port with an empty data directory. */
export class Switchboard {
  readonly logs: string[] = [];
  /** The one-time link of the first start. */
  setupUrl = "";
  private process?: ChildProcess;
  private readonly sessions = new Map<Role, Promise<Session>>();
  private readonly tokens = new Map<Role, Promise<string>>();

  /** One that another process launched; {@link Shared} comes from there. */
  static attach({ baseURL, dataDir, sessions }: Shared): Switchboard {
    const switchboard = new Switchboard(baseURL, dataDir, { SWITCHBOARD_DATA_DIR: dataDir });
    for (const [role, session] of sessions) switchboard.sessions.set(role, Promise.resolve(session));
    return switchboard;
  }

  private constructor(
    readonly baseURL: string,
    readonly dataDir: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** `environment` is added to the settings, for tests that need others. */
  static async launch(environment: NodeJS.ProcessEnv = {}): Promise<Switchboard> {
    const port = await freePort();
    const dataDir = mkdtempSync(join(tmpdir(), "switchboard-end2end-"));
    const named = environment.SWITCHBOARD_PUBLIC_URL;
    const baseURL = named?.startsWith("http://localhost:") ? named : `http://127.0.0.1:${port}`;
    const switchboard = new Switchboard(baseURL, dataDir, {
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
    const started = this.spawn(["serve"]);
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

  /** Stops it as a machine does that hangs: connections stay open, and nothing comes any more. */
  freeze(): void {
    this.process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.process?.kill("SIGCONT");
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Runs another command on the same data, and returns what it prints. */
  async command(args: string[], input = ""): Promise<string> {
    const running = this.spawn(args);
    // A command that ends without reading says why itself.
    running.stdin.on("error", () => {}).end(input);
    const [out, errors, [code]] = await Promise.all([text(running.stdout), text(running.stderr), once(running, "exit")]);
    if (code !== 0) throw new Error(`switchboard ${args.join(" ")} ended with ${code}: ${errors}`);
    return out.trim();
  }

  /** Someone of this role, signed in; the same person each time. */
  session(role: Role): Promise<Session> {
    return kept(this.sessions, role, async () => {
      const email = `${role}@example.org`;
      await this.command(["operators", "create", email, "--role", role], password);
      // Nobody yet, whoever the test is.
      const visitor = await request.newContext({ baseURL: this.baseURL, storageState: { cookies: [], origins: [] } });
      const answer = await visitor.post("/actions/sign_in", { form: { email, password } });
      if (!answer.ok()) throw new Error(`${email} could not sign in: ${await answer.text()}`);
      const { cookies } = await visitor.storageState();
      await visitor.dispose();
      return { cookies, origins: [] };
    });
  }

  /** What {@link Switchboard.attach} needs: everybody is signed in once. */
  async shared(): Promise<Shared> {
    const sessions: Shared["sessions"] = [];
    for (const role of ["viewer", "operator", "admin"] as const) sessions.push([role, await this.session(role)]);
    return { baseURL: this.baseURL, dataDir: this.dataDir, sessions };
  }

  /** An API token of this role; the same each time. */
  token(role: Role): Promise<string> {
    return kept(this.tokens, role, () => this.command(["tokens", "create", `tests as ${role}`, "--role", role]));
  }

  /** The first group of `pattern` in the first log line from `from` on that matches, when it comes. */
  async line(pattern: RegExp, from = 0): Promise<string> {
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

  private spawn(args: string[]) {
    return spawn(binary, args, {
      cwd: this.dataDir,
      // Nothing else of ours: a DATABASE_URL of the developer must not become the test's.
      env: { PATH: process.env.PATH, ...this.environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  private get stopped(): boolean {
    return this.process?.exitCode !== null || this.process?.signalCode !== null;
  }
}

function lastBuilt(kinds: string[]): string {
  const builds = kinds.map((kind) => resolve(import.meta.dirname, `../../target/${kind}/switchboard`));
  const age = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return builds.reduce((last, next) => (age(next) > age(last) ? next : last));
}

function kept<T>(all: Map<Role, Promise<T>>, role: Role, make: () => Promise<T>): Promise<T> {
  const found = all.get(role) ?? make();
  all.set(role, found);
  return found;
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
