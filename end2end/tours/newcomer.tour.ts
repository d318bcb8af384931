import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, type Page } from "@playwright/test";
import { Api } from "../support/api";
import { unique } from "../support/connections";
import { program, psql } from "../support/database";
import type { Services } from "../support/services";
import { test } from "../support/test";
import { shoot } from "./shoot";

/** Connections that the role may have; the application takes all of them, and keeps them. */
const POOL = 5;
const AT_MOST_MS = 180_000;

// So that a connection of production leads to this machine.
test.use({ settings: { SWITCHBOARD_EGRESS_ALLOW: "127.0.0.0/8" } });

/** A role of a PostgreSQL whose connections an application uses up as soon as it is let. */
async function exhaustible({ postgres }: Services) {
  const [role, secret] = [unique("shop").replace(" ", "_"), "correct-horse"];
  await psql(postgres.superuser_url, `create role ${role} login connection limit ${POOL} password '${secret}'; grant connect on database ${postgres.database} to ${role}`);
  const url = postgres.superuser_url.replace(/\/\/[^@]+@/, `//${role}:${secret}@`).replace(/\/postgres$/, `/${postgres.database}`);
  const exhaust = async () => {
    for (let n = 0; n < POOL; n++) {
      const session = spawn(program("psql"), ["--no-psqlrc", "--quiet", "--tuples-only", url], { stdio: ["pipe", "pipe", "ignore"] });
      session.stdin.write("select 1;\n");
      await once(session.stdout, "data");
    }
  };
  const settings = { host: postgres.host, port: postgres.port, database: postgres.database, user: role, tls: "require" };
  return { exhaust, settings, credential: { password: secret }, release: () => psql(postgres.superuser_url, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`), role };
}

/** What a person does in a shell with a command of the page: the last one of the step that is next. */
async function carryOut(page: Page, { postgres }: Services, change: (command: string) => string): Promise<void> {
  const command = await page.locator("li[aria-current=step] pre").last().innerText();
  const shell = spawn("bash", ["-ec", change(command)], { env: { ...process.env, PGUSER: "postgres", PGPASSWORD: new URL(postgres.superuser_url).password }, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(shell, "exit");
  expect(code, command).toBe(0);
}

test("from a red overview to mitigated with the shipped playbook", async ({ page, open, awake, switchboard, services }) => {
  const api = await Api.of(switchboard, "admin");
  const pool = await exhaustible(services);
  const name = "Orders database";
  const heartbeat = { interval_seconds: 3_600, timeout_seconds: 5, retries: 0 };
  const connection = await api.active({ name, kind: "postgres", environment: "production", settings: pool.settings, credential: pool.credential, heartbeat });
  await pool.exhaust();
  // Its first slot, within a minute: later it could end the incident in the middle of the walk.
  await expect.poll(async () => (await api.heartbeats(connection)).length, { timeout: 90_000 }).toBeGreaterThan(0);
  for (let n = 0; n < 2; n++) await api.sweep([connection]);

  const began = Date.now();
  const seconds: [string, number][] = [];
  const step = async (what: string) => {
    seconds.push([what, Math.round((Date.now() - began) / 100) / 10]);
    await shoot(page, `newcomer ${seconds.length} ${what}`);
  };
  await open("/");
  await step("the overview is red");
  await page.getByRole("link", { name }).first().click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await awake();
  await step("where the overview leads");
  if (!page.url().includes("/operations/incidents/")) await page.getByRole("link", { name: /incident/i }).first().click();
  await page.getByRole("button", { name: "Acknowledge" }).click();
  const offers = page.getByRole("region", { name: "Runbooks" });
  const timeline = page.getByRole("region", { name: "Time line" });
  await expect(timeline).toContainText("Acknowledged by");
  await page.getByRole("button", { name: "Mark as assessed" }).click();
  await expect(timeline).toContainText("Assessed by");
  await step("it is assessed");
  const incident = page.url();
  await expect(offers.getByRole("listitem").first()).toContainText("Database connections are exhausted");
  await offers.getByRole("button", { name: "Begin" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Database connections are exhausted" })).toBeVisible();
  await awake();
  const done = page.locator("li[aria-current=step]").getByRole("button", { name: "Done", exact: true });
  await expect(done).toBeVisible();
  await step("the console has looked");
  await carryOut(page, services, (command) => command.replace("10 minutes", "0 minutes"));
  await page.getByRole("link", { name: "Back to the incident" }).click();
  await expect(page).toHaveURL(incident);
  await awake();
  await page.getByRole("button", { name: "Mark as mitigated" }).click();
  await expect(timeline).toContainText("Mitigated by");
  const took = Date.now() - began;
  await step("mitigated");

  await offers.getByRole("link", { name: "Database connections are exhausted" }).click();
  await done.click();
  await expect(page.locator("li[aria-current=step]")).toContainText("Give the pool more room");
  await step("the pool has room");
  await done.click();
  await expect(page.locator("li[aria-current=step]")).toContainText("Find the leak");
  await page.locator("li[aria-current=step]").getByLabel("Note").first().fill("A worker of the shop kept its connections.");
  await done.click();
  await expect(page.getByText("All else is done.")).toBeVisible();
  await step("only what was found at first is left");
  await page.getByRole("button", { name: "Try again what failed" }).click();
  await expect(page.getByText("7 of 7 steps")).toBeVisible();
  await step("the connection is well");
  await page.getByRole("button", { name: "Sign off" }).click();
  await expect(page.getByRole("link", { name: "Download the pack" })).toBeVisible();
  await step("it is signed off");
  await page.getByRole("link", { name: "Back to the incident" }).click();
  await expect(page).toHaveURL(incident);
  await awake();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  // Its next heartbeats, which an hour lies between here.
  await expect(async () => {
    await api.sweep([connection]);
    await expect(page.getByRole("link", { name: "Write the post-mortem" })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await step("it has recovered");
  console.log(`${test.info().project.name}: ${seconds.map(([what, at]) => `${at} s ${what}`).join(" · ")}`);
  expect(took).toBeLessThan(AT_MOST_MS);
  await pool.release();
  await api.dispose();
});
