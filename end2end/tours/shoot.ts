import type { Page } from "@playwright/test";
import { test } from "../support/test";

/** Keeps the whole page as target/screenshots/PROJECT/NAME.png. */
export async function shoot(page: Page, name: string): Promise<void> {
  await page
    .evaluate(() => {
      const ending = document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
      return Promise.all(ending.map((animation) => animation.finished));
    })
    .catch(() => {});
  const path = `../target/screenshots/${test.info().project.name}/${name.replaceAll(/[^a-z0-9]+/g, "-")}.png`;
  await page.screenshot({ path, fullPage: true });
}
