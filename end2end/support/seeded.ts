import type { SeededPlaces } from "./places";
import { type Shared, Switchboard } from "./switchboard";
import { test as base } from "./test";

export { expect } from "./test";

/** What global-setup.ts tells the workers, as JSON. */
export type Seeded = { console: Shared; seeded: SeededPlaces };
export const SEEDED = "SWITCHBOARD_SEEDED";

const seeded = (): Seeded => JSON.parse(process.env[SEEDED] ?? "{}");

/** Tests on the one seeded console of all workers. They look, and leave it as it is. */
export const test = base.extend<object, { shared: Switchboard; seeded: SeededPlaces }>({
  shared: [async ({}, use) => use(Switchboard.attach(seeded().console)), { scope: "worker" }],
  seeded: [async ({}, use) => use(seeded().seeded), { scope: "worker", auto: true }],
});
