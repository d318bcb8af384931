// What a browser makes of a page that it has never seen: when the largest part is painted, how far things shift, and how much was sent for it.

import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "../../end2end/node_modules/playwright-core/index.mjs";
import { percentiles, rounded } from "./figures.mjs";

const TIMES = 7;
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const LARGEST = `new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime)).observe({ type: "largest-contentful-paint", buffered: true }))`;
// There may be none, of which nobody is told.
const SHIFTED = `new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value))).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})`;

export class Browser {
  static async launch(address, cookie) {
    const browser = new Browser();
    browser.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium", args: ARGS });
    browser.address = address;
    const [name, value] = cookie.split("=");
    browser.cookie = { name, value, url: address };
    await browser.#once("/");
    return browser;
  }

  close() {
    return this.chromium.close();
  }

  /** With nothing cached, several times. */
  async visit(path) {
    const visits = [];
    for (let turn = 0; turn < TIMES; turn++) visits.push(await this.#once(path));
    const most = (of) => Math.max(...visits.map(of));
    return {
      lcp_ms: percentiles(visits.map((visit) => visit.lcp), [0.5, 1]),
      shift: rounded(most((visit) => visit.shift), 4),
      sent_kb: rounded(most((visit) => visit.bytes) / 1024, 1),
    };
  }

  /** Keeps the whole page as FILE, seen by LOOK: what Playwright's `newContext` takes. */
  async picture(path, file, look) {
    const { context, page } = await this.#open(look);
    await page.goto(this.address + path);
    await sleep(500);
    await page.screenshot({ path: file, fullPage: true });
    await context.close();
  }

  async #open(look) {
    const context = await this.chromium.newContext({ viewport: { width: 1280, height: 800 }, ...look });
    await context.addCookies([this.cookie]);
    return { context, page: await context.newPage() };
  }

  async #once(path) {
    const { context, page } = await this.#open({});
    const devtools = await context.newCDPSession(page);
    let bytes = 0;
    devtools.on("Network.loadingFinished", (loaded) => (bytes += loaded.encodedDataLength));
    await devtools.send("Network.enable");
    await page.goto(this.address + path);
    await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
    await sleep(200);
    const [lcp, shift] = [await page.evaluate(LARGEST), await page.evaluate(SHIFTED)];
    await context.close();
    return { lcp, shift, bytes };
  }
}
