import type { BrowserContext } from "@playwright/test";

/** Most that a flow may shift what stands on its pages, all of them together, other than at once after what the person did or its answer. */
export const MOST_SHIFT = 0.05;
/** Under which the report of a run finds the figure of each flow. */
export const SHIFT = "layout shift";

/** What moves so soon after an input moves because of it: the browser's own measure. */
const AT_ONCE_MS = 500;
const TOLD = "layout shifted:";

type Shift = { value: number; path: string; what: string[] };

/** What shifted on the pages of one test, in all its windows and through every page that it opened. */
export class Shifts {
  private readonly found: Shift[] = [];

  /** From now on; pages that are open already are not watched. */
  async watch(context: BrowserContext): Promise<void> {
    context.on("console", (message) => {
      const text = message.text();
      if (text.startsWith(TOLD)) this.found.push(JSON.parse(text.slice(TOLD.length)));
    });
    await context.addInitScript(tellShifts, { told: TOLD, atOnce: AT_ONCE_MS });
  }

  forget(): void {
    this.found.length = 0;
  }

  /** The sum of all, once every page of `contexts` has told what it still holds back. */
  async total(contexts: BrowserContext[]): Promise<number> {
    const pages = contexts.flatMap((context) => context.pages());
    // A page that is on its way to another one has told already.
    await Promise.all(pages.map((page) => page.evaluate(() => dispatchEvent(new Event("tell-shifts"))).catch(() => {})));
    return this.found.reduce((sum, { value }) => sum + value, 0);
  }

  /** The largest first. */
  toString(): string {
    const largest = this.found.toSorted((a, b) => b.value - a.value);
    return largest.map(({ value, path, what }) => `${value.toFixed(4)} on ${path}: ${what.join(" · ")}`).join("\n");
  }
}

/** Says on the console what shifts. Runs in each page, before anything of it. */
function tellShifts({ told, atOnce }: { told: string; atOnce: number }): void {
  type Entry = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[] };
  const name = (node?: Node) => (node instanceof Element ? node.outerHTML : String(node?.textContent)).slice(0, 100);
  const at = ({ x, y, width, height }: DOMRectReadOnly) => [x, y, width, height].map(Math.round).join(",");
  // Playwright fills in and chooses without a key or a mouse, which the browser would notice.
  const inputs: number[] = [];
  for (const type of ["pointerdown", "keydown", "input", "change"]) addEventListener(type, ({ timeStamp }) => inputs.push(timeStamp), true);
  const isSoonAfter = (times: number[], at: number) => times.some((time) => at >= time && at < time + atOnce);
  // On a busy machine the answer to what was pressed may come later than at once.
  const answers = () => performance.getEntriesByType("resource").flatMap((asked) => (isSoonAfter(inputs, asked.startTime) ? [(asked as PerformanceResourceTiming).responseEnd] : []));
  const tell = (entries: PerformanceEntryList) => {
    for (const { value, startTime, hadRecentInput, sources } of entries as Entry[]) {
      if (hadRecentInput || isSoonAfter([...inputs, ...answers()], startTime)) continue;
      const what = sources.map(({ node, previousRect, currentRect }) => `${name(node)} from ${at(previousRect)} to ${at(currentRect)}`);
      console.debug(told + JSON.stringify({ value, path: location.pathname, what }));
    }
  };
  const observer = new PerformanceObserver((list) => tell(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  for (const end of ["pagehide", "tell-shifts"]) addEventListener(end, () => tell(observer.takeRecords()));
}
