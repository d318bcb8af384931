import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";

/** One font for all text, or a picture would depend on those of the machine. */
const FONT = readFileSync(createRequire(import.meta.url).resolve("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")).toString("base64");

/** What differs from run to run is drawn from measured values. */
const STYLE = `
  :root { --sans: "Picture", sans-serif; --mono: "Picture", monospace; }
  .strip path, .chart *, .hours.success path { visibility: hidden; }
  ::view-transition-group(*) { animation: none; }
`;

/** The browser that the pictures were taken with. Another one draws letters and controls a little differently, which is no change of ours. */
const TAKEN_WITH = "156.";
/** In pixels: a row that moved is more. */
const OF_ANOTHER_BROWSER = 10_000;

/** Loads the font before anything is drawn. From memory, which the page's security policy has no say in. */
export async function pinFont(page: Page): Promise<void> {
  await page.addInitScript((font) => {
    const bytes = Uint8Array.from(atob(font), (letter) => letter.charCodeAt(0));
    document.fonts.add(new FontFace("Picture", bytes, { weight: "100 900" }));
  }, FONT);
}

/** Runs in the page: numbers and ids that differ from run to run become the same ones. */
function settle(): void {
  const same: [RegExp, string][] = [
    [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "01890a5d-ac96-774b-bcce-b302099a8057"],
    [/[\w+/]{42,}=/g, "bm90IGEga2V5LCBidXQgYXMgbG9uZyBhcyBvbmUgaXM="],
    [/127\.0\.0\.1:\d+/g, "127.0.0.1:5432"],
    [/\d+(\.\d+)?\s(ms|bytes|KB)\b/g, "12.3\u00a0$2"],
    [/\d+(\.\d+)?\s%/g, "99.95\u00a0%"],
    [/\d+\sfailures/g, "2 failures"],
  ];
  for (const time of document.querySelectorAll("time")) {
    // Time goes on, in the picture it does not.
    delete time.dataset.shape;
    if (time.textContent) time.textContent = "5 min ago";
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode() as Text | null; text; text = texts.nextNode() as Text | null) {
    const settled = same.reduce((data, [found, instead]) => data.replace(found, instead), text.data);
    if (settled !== text.data) text.data = settled;
  }
}

/** Compares what is to be seen with `pictures/NAME-PROJECT.png`. */
export async function expectPicture(page: Page, name: string): Promise<void> {
  await page.addStyleTag({ content: STYLE });
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(settle);
  const isAnother = !page.context().browser()?.version().startsWith(TAKEN_WITH);
  await expect(page).toHaveScreenshot(`${name}.png`, isAnother ? { maxDiffPixels: OF_ANOTHER_BROWSER } : {});
}
