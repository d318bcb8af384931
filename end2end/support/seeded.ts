import { furnish, type Furniture } from "./places";
import { Switchboard } from "./switchboard";
import { test as base } from "./test";

export { expect } from "./test";

/** Tests on one seeded console a worker. They look, and leave it as it is. */
export const test = base.extend<object, { shared: Switchboard; furniture: Furniture }>({
  shared: [
    async ({}, use) => {
      const switchboard = await Switchboard.launch();
      await use(switchboard);
      await switchboard.dispose();
    },
    { scope: "worker" },
  ],
  furniture: [async ({ shared, services }, use) => use(await furnish(shared, services)), { scope: "worker", auto: true }],
});
