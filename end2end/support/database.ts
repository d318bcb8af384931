import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import type { Services } from "./services";

const VERSIONS = "/usr/lib/postgresql";

/** A program of the newest PostgreSQL installed; Debian keeps each version's apart. */
export function program(name: string): string {
  const newest = readdirSync(VERSIONS).sort((a, b) => Number(a) - Number(b)).at(-1);
  return `${VERSIONS}/${newest}/bin/${name}`;
}

async function run(name: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program(name), args, { maxBuffer: 1 << 28 });
  return stdout;
}

export const psql = (url: string, sql: string): Promise<string> => run("psql", ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", sql, url]);

/** All of a database as SQL. */
export const dump = (url: string): Promise<string> => run("pg_dump", ["--inserts", url]);

/** The address of a new, empty database for a console. */
export async function newDatabase({ postgres }: Services): Promise<string> {
  const name = `console_${randomBytes(6).toString("hex")}`;
  await psql(postgres.superuser_url, `create database ${name}`);
  return postgres.superuser_url.replace(/\/postgres$/, `/${name}`);
}

/** Lets a database take connections again, or none, and ends those that it has. */
export async function setOpen({ postgres }: Services, url: string, isOpen: boolean): Promise<void> {
  const name = url.split("/").at(-1);
  await psql(postgres.superuser_url, `alter database ${name} with allow_connections ${isOpen}`);
  if (!isOpen) await psql(postgres.superuser_url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
}
