import { randomBytes } from "node:crypto";
import type { NewConnection } from "./api";
import type { Services } from "./services";

/** A name that no other test has. */
export const unique = (word: string): string => `${word} ${randomBytes(4).toString("hex")}`;

/** Connections to the real services that pass their test. */
export function postgres({ postgres: { host, port, database, user, password } }: Services, name = unique("Orders database")): NewConnection {
  return { name, kind: "postgres", environment: "development", settings: { host, port, database, user, tls: "require" }, credential: { password } };
}

export function redis({ redis: { host, port, password } }: Services, name = unique("Session cache")): NewConnection {
  return { name, kind: "redis", environment: "development", settings: { host, port }, credential: { password } };
}

export function https({ nginx }: Services, name = unique("Payment API")): NewConnection {
  return {
    name,
    kind: "http",
    environment: "development",
    settings: { url: `${nginx.tls}/bearer`, auth: "bearer", ca_pem: nginx.ca_pem, conditions: ["json:$.status == ok"] },
    credential: { token: nginx.bearer_token },
  };
}

/** One that needs no credential. */
export function tcp({ redis_open: { host, port } }: Services, name = unique("Ledger port")): NewConnection {
  return { name, kind: "tcp", environment: "development", settings: { host, port } };
}
