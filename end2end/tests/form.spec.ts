import { LIST } from "../support/api";
import { unique } from "../support/connections";
import { fill, input, save } from "../support/form";
import { expect, test } from "../support/test";
import { toast } from "../support/toast";

const typed = { Host: "db.example.org", Port: "70000", Database: "orders", User: "app", Owner: "payments", Tags: "eu, core" };

test("a refused form keeps what was typed, but never the secret", { tag: "@no-javascript" }, async ({ page, open, javaScriptEnabled }) => {
  const secret = unique("secret");
  await open(`${LIST}/new?kind=postgres`);
  await fill(page, { ...typed, TLS: "verify-full", "May be read-only": true, Password: secret });
  // With script the form finds this by itself, and sends nothing.
  const refusal = javaScriptEnabled ? undefined : page.waitForResponse((answer) => answer.request().method() === "POST");
  await save(page);

  const answer = await refusal;
  if (answer) {
    expect(answer.status()).toBe(422);
    expect(await answer.text()).not.toContain(secret);
  }
  for (const [label, value] of Object.entries(typed)) await expect(input(page, label)).toHaveValue(value);
  await expect(input(page, "TLS")).toHaveValue("verify-full");
  await expect(input(page, "May be read-only")).toBeChecked();
  // With script the page was never left, so the person need not type the secret again.
  await expect(input(page, "Password")).toHaveValue(javaScriptEnabled ? secret : "");

  for (const label of ["Name", "Port"]) {
    await expect(input(page, label)).toHaveAttribute("aria-invalid", "true");
    await expect(input(page, label)).toHaveAccessibleDescription(/Give it a name|from 1 to 65535/);
  }
  await expect(input(page, "Host")).not.toHaveAttribute("aria-invalid");
  if (javaScriptEnabled) await expect(input(page, "Name")).toBeFocused();
  await expect(toast(page)).toHaveCount(0);

  await fill(page, { Name: unique("Orders"), Port: 5432, Password: secret });
  await save(page);
  await expect(page.getByRole("heading", { name: "Verification" })).toBeVisible();
});

test("a taken name is told under the name", { tag: "@no-javascript" }, async ({ page, open, api, services }) => {
  const { name } = await api.create({ name: unique("Ledger"), kind: "tcp", environment: "development", settings: { host: services.redis.host, port: 1 } });
  await open(`${LIST}/new?kind=tcp`);
  await fill(page, { Name: name, Host: "ledger.example.org", Port: 1 });
  await save(page);
  await expect(input(page, "Name")).toHaveAccessibleDescription(/That name is taken\./);
  await expect(input(page, "Host")).toHaveValue("ledger.example.org");
  expect(await api.named(name)).toHaveLength(1);
});

test("the form asks only for what the choice needs", { tag: "@no-javascript" }, async ({ page, open }) => {
  await open(`${LIST}/new?kind=http`);
  const asked = { none: [], bearer: ["Token"], basic: ["User name", "Password"], header: ["Header", "Value of the header"], oauth2: ["Token URL", "Client ID", "Client secret"] };
  for (const [choice, labels] of Object.entries(asked)) {
    await fill(page, { Authentication: choice });
    for (const label of Object.values(asked).flat()) {
      await expect(input(page, label)).toBeVisible({ visible: (labels as string[]).includes(label) });
    }
  }
});
