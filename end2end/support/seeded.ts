import type { Furniture } from "./places";
import { type Shared, Switchboard } from "./switchboard";
import { test as base } from "./test";

export { expect } from "./test";

/** What global-setup.ts tells the workers, as JSON. */
export type Seeded = { console: Shared; furniture: Furniture };
export const SEEDED = "SWITCHBOARD_SEEDED";

const seeded = (): Seeded => JSON.parse(process.env[SEEDED] ?? "{}");

/** Tests on the one seeded console of all workers. They look, and leave it as it is. */
export const test = base.extend<object, { shared: Switchboard; furniture: Furniture }>({
  shared: [async ({}, use) => use(Switchboard.attach(seeded().console)), { scope: "worker" }],
  furniture: [async ({}, use) => use(seeded().furniture), { scope: "worker", auto: true }],
});
