import { MOST_SHIFT } from "../support/shifts";
import { expect, test } from "../support/test";

// Here things jump, to see that it is noticed.
test.use({ role: "nobody", steady: async ({}, use) => use() });
test.beforeEach(async ({ shifts, switchboard }) => {
  shifts.forget();
  // Before there is anybody, the page says so.
  await switchboard.session("viewer");
});

/** Pushes down all that there is. Runs in the page. */
const jump = () => {
  document.body.style.marginTop = "300px";
};
/** Runs in the page. */
const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

test("what shifts is counted: on a page that was left, on the one that is open, in another window", async ({ page, open, browser, baseURL, shifts }) => {
  const other = await browser.newContext({ baseURL });
  const theirs = await other.newPage();
  await theirs.goto("/sign-in");
  const totals: number[] = [];
  for (const one of [page, page, theirs]) {
    if (one === page) await open("/sign-in");
    await one.evaluate(jump);
    await one.evaluate(drawn);
    totals.push(await shifts.total(browser.contexts()));
  }
  await other.close();
  const [first, second, third] = totals as [number, number, number];
  expect(first).toBeGreaterThan(MOST_SHIFT);
  expect(second - first).toBeCloseTo(first, 3);
  expect(third - second).toBeCloseTo(first, 3);
  expect(String(shifts)).toContain("on /sign-in: ");
});

test("what moves at once after something was filled in was asked for", async ({ page, open, browser, shifts }) => {
  await open("/sign-in");
  const email = page.getByLabel("E-mail address");
  await email.evaluate((element) => element.addEventListener("input", () => (document.body.style.marginTop = "300px")));
  await email.fill("someone@example.org");
  await page.evaluate(drawn);
  expect(await shifts.total(browser.contexts())).toBeLessThanOrEqual(MOST_SHIFT);
});
