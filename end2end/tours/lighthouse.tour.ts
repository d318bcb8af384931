import { mkdirSync, writeFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import lighthouse, { desktopConfig } from "lighthouse";
import { Api, LIST } from "../support/api";
import { populate } from "../support/bulk";
import { seedPlaces } from "../support/places";
import { freePort } from "../support/switchboard";
import { test } from "../support/test";

const AUDITS = { ttfb: "server-response-time", fcp: "first-contentful-paint", lcp: "largest-contentful-paint", tbt: "total-blocking-time", cls: "cumulative-layout-shift", bytes: "total-byte-weight" };
const FOLDER = "../target/lighthouse";

test.use({ settings: {} });

// On a phone Lighthouse slows processor and network down, as it does by itself.
for (const form of ["desktop", "phone"] as const) {
  test(`figures on a ${form}`, async ({ switchboard, services, launchOptions }) => {
    const seeded = await seedPlaces(switchboard, services);
    const api = await Api.of(switchboard, "operator");
    await populate(api, 2_000);
    await api.dispose();
    const { cookies } = await switchboard.session("admin");
    const port = await freePort();
    const browser = await chromium.launch({ ...launchOptions, args: [...(launchOptions.args ?? []), `--remote-debugging-port=${port}`] });
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, path] of [["overview", "/"], ["list", LIST], ["connection", seeded.verified]] as const) {
      const Cookie = cookies.map((cookie) => `${cookie.name}=${cookie.value}`).join("; ");
      const result = await lighthouse(`${switchboard.baseURL}${path}`, { port, extraHeaders: { Cookie }, disableStorageReset: true, output: "html" }, form === "desktop" ? desktopConfig : undefined);
      const { categories, audits } = result!.lhr;
      const scores = Object.values(categories).map(({ title, score }) => `${title} ${Math.round((score ?? 0) * 100)}`);
      const figures = Object.entries(AUDITS).map(([name, audit]) => `${name} ${audits[audit]?.displayValue ?? audits[audit]?.numericValue}`);
      console.log(`${form}, ${name}: ${[...scores, ...figures].join(" · ")}`);
      const poor = Object.values(audits).filter(({ score, scoreDisplayMode }) => score !== null && score < 0.9 && scoreDisplayMode !== "informative");
      for (const { title, displayValue } of poor) console.log(`  to mend: ${title} ${displayValue ?? ""}`);
      writeFileSync(`${FOLDER}/${form}-${name}.html`, result!.report as string);
    }
    await browser.close();
  });
}
