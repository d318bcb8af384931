import { Api, LIST, pathOfRun } from "../support/api";
import { populate } from "../support/bulk";
import { fill } from "../support/form";
import { test as seeded } from "../support/seeded";
import { emptyPlaces, pathIn, places } from "../support/places";
import { test } from "../support/test";
import { toast } from "../support/toast";
import { shoot } from "./shoot";

seeded.describe("seeded", () => {
  for (const place of places) {
    seeded.describe(place.name, () => {
      seeded.use({ role: place.role ?? "admin" });
      seeded(place.name, async ({ page, open, seeded }) => {
        await open(pathIn(seeded, place));
        await shoot(page, place.name);
      });
    });
  }

  seeded("what comes and goes", async ({ page, open, seeded, javaScriptEnabled }) => {
    await open(`${LIST}/new?kind=postgres`);
    await fill(page, { Host: "db.example.org", Port: "70000" });
    await page.getByRole("button", { name: "Save connection" }).click();
    await page.locator("[aria-invalid]").first().waitFor();
    await shoot(page, "refused form");
    await open(`${LIST}/new?kind=http`);
    await fill(page, { Authentication: "oauth2" });
    await shoot(page, "oauth2 form");
    await open(seeded.active);
    await page.locator("summary").filter({ hasText: "Archive" }).click();
    await shoot(page, "question");
    if (!javaScriptEnabled) return;
    await open(seeded.draft);
    await page.route("**/actions/**", (route) => route.abort());
    await page.getByRole("button", { name: "Test connection" }).click();
    await toast(page).waitFor();
    await shoot(page, "toast");
    await page.unroute("**/actions/**");
    await page.route("**/actions/verification", () => {});
    await open(seeded.verified);
    await page.getByRole("button", { name: "Test connection" }).click();
    await page.getByText("Running", { exact: true }).waitFor();
    await shoot(page, "running test");
  });
});

test.describe("empty", () => {
  test.use({ settings: {} });
  test("empty", async ({ page, open }) => {
    for (const place of emptyPlaces) {
      await open(place.path as string);
      await shoot(page, place.name);
    }
  });
});

test.describe("crowded", () => {
  test.use({ settings: {} });
  test("crowded", async ({ page, open, switchboard }) => {
    const api = await Api.of(switchboard, "operator");
    await populate(api, 2_000);
    for (const [name, path] of [["crowded overview", "/"], ["crowded connections", LIST], ["crowded connections, last page", `${LIST}?page=40`]] as const) {
      await open(path);
      await shoot(page, name);
    }
    const { items } = await (await api.http.get("/api/service-connections", { params: { limit: 200 } })).json();
    const answer = await api.http.post("/api/diagnostics/runs", { data: { connection_ids: items.map(({ id }: { id: string }) => id) } });
    await open(pathOfRun(await answer.json()));
    await shoot(page, "crowded run, under way");
    await page.getByRole("region", { name: "Verdict" }).waitFor({ timeout: 120_000 });
    await shoot(page, "crowded run");
  });
});
