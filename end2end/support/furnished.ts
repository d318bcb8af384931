import type { Furniture } from "./places";
import { type Shared, Switchboard } from "./switchboard";
import { test as base } from "./test";

export { expect } from "./test";

/** What global-setup.ts tells the workers, as JSON. */
export type Furnished = { console: Shared; furniture: Furniture };
export const FURNISHED = "SWITCHBOARD_FURNISHED";

const furnished = (): Furnished => JSON.parse(process.env[FURNISHED] ?? "{}");

/** Tests on the one furnished console of all workers. They look, and leave it as it is. */
export const test = base.extend<object, { shared: Switchboard; furniture: Furniture }>({
  shared: [async ({}, use) => use(Switchboard.attach(furnished().console)), { scope: "worker" }],
  furniture: [async ({}, use) => use(furnished().furniture), { scope: "worker", auto: true }],
});
