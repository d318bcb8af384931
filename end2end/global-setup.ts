import { existsSync } from "node:fs";
import { SEEDED, type Seeded } from "./support/seeded";
import { seedPlaces } from "./support/places";
import { readServices } from "./support/services";
import { binary, Switchboard } from "./support/switchboard";

/** Furnishes a console for all workers. Says what is missing once, rather than as a time-out in every test. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (!existsSync(binary)) {
    throw new Error(`${binary} is missing: run script/build or cargo leptos build first, or script/test browser, which does`);
  }
  if (!process.env.TEST_SERVICES) {
    throw new Error("TEST_SERVICES is not set: run me as `script/services npm --prefix end2end test`");
  }
  const switchboard = await Switchboard.launch();
  try {
    const seeded = await seedPlaces(switchboard, readServices());
    process.env[SEEDED] = JSON.stringify({ console: await switchboard.shared(), seeded } satisfies Seeded);
  } catch (error) {
    await switchboard.dispose();
    throw error;
  }
  return () => switchboard.dispose();
}
