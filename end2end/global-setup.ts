import { existsSync } from "node:fs";
import { binary } from "./support/switchboard";

/** Says what is missing once, rather than as a time-out in every test. */
export default function globalSetup(): void {
  if (!existsSync(binary)) {
    throw new Error(`${binary} is missing: run script/build first, or script/test browser, which does`);
  }
  if (!process.env.TEST_SERVICES) {
    throw new Error("TEST_SERVICES is not set: run me as `script/services npm --prefix end2end test`");
  }
}
