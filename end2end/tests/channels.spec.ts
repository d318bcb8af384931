import { createHmac } from "node:crypto";
import { expectAccessible } from "../support/accessible";
import { pathOfIncident } from "../support/api";
import { FaultProxy } from "../support/fault-proxy";
import { fill } from "../support/form";
import { Receiver } from "../support/receiver";
import { expect, test } from "../support/test";

test.use({ settings: {} });

const everywhere = { tag: ["@no-javascript", "@phone"] };
const secret = `whsec_${Buffer.from("a secret of a test, of 32 bytes.").toString("base64")}`;

test("a channel is added, tested, disabled by its receiver and enabled again", everywhere, async ({ page, open, javaScriptEnabled }) => {
  const receiver = await Receiver.start();
  await open("/settings/channels");
  await expect(page.getByText("No channels yet")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("link", { name: "New channel" }).click();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("link", { name: /^Webhook/ }).click();

  await fill(page, { Name: "Operations", URL: receiver.url, "Signing secret": "hunter2" });
  await page.getByRole("button", { name: "Save & test" }).click();
  await expect(page.getByText("Must be whsec_ and 24 to 64 bytes in base64.")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await fill(page, { "Signing secret": secret });
  await page.getByRole("button", { name: "Save & test" }).click();
  await expect(page.getByText("The test arrived.")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "Operations" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);

  const [{ headers, body }] = receiver.taken as [(typeof receiver.taken)[number]];
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64")).update(signed).digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  expect(JSON.parse(body).type).toBe("incident.test");

  receiver.status = 503;
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test did not arrive.")).toBeVisible();
  await expect(page.getByRole("status").getByText("The receiver answered 503.")).toBeVisible();

  // An address that is another one asks for the secret again.
  await fill(page, { URL: "http://127.0.0.1:9/" });
  await page.getByRole("button", { name: "Save & test" }).click();
  await expect(page.getByText("the stored credential was not kept for it")).toBeVisible();

  await open("/settings/channels");
  await page.getByRole("link", { name: "Operations" }).click();
  await page.getByRole("button", { name: "Disable" }).click();
  await expect(page.getByText("A person disabled it.")).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("button", { name: "Enable" }).click();
  await expect(page.getByText("Nothing is sent on this channel.")).toHaveCount(0);

  await page.getByText("Remove", { exact: true }).click();
  await page.getByRole("button", { name: "Remove “Operations”" }).click();
  await expect(page.getByText("No channels yet")).toBeVisible();
  receiver.stop();
});

test("a channel goes by the name of its type, and the mailbox of a contact leads to the contact", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  await api.http.post("/api/channels", { data: { name: "Chat", type: "teams", settings: { url: "http://127.0.0.1:9/" } } });
  await api.http.post("/api/contacts", { data: { name: "Ada", email: "ada@example.org" } });
  await open("/settings/channels");
  await expect(page.getByRole("row").filter({ hasText: "Chat" })).toContainText("Microsoft Teams");
  await expect(page.getByRole("row").filter({ hasText: "Ada (contact)" })).toContainText("What the contact is told");
  await page.getByRole("link", { name: "Ada (contact)" }).click();
  await expect(page.getByText("This is the mailbox of a contact.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Save & test" })).toHaveCount(0);
  if (javaScriptEnabled) await expectAccessible(page);
  await page.getByRole("link", { name: "Edit the contact" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Ada" })).toBeVisible();
});

test("what was given up is sent again by one press, and stands on the page of its incident", everywhere, async ({ page, open, api, javaScriptEnabled }) => {
  const [receiver, faultProxy] = [await Receiver.start(), await FaultProxy.open()];
  const added = await api.http.post("/api/channels", { data: { name: "Operations", type: "webhook", settings: { url: receiver.url }, credential: { secret } } });
  expect(added.status(), await added.text()).toBe(201);
  const { id } = await added.json();
  const connection = await api.active(faultProxy.connection());
  receiver.status = 422;
  faultProxy.isWell = false;
  await api.sweep([connection]);
  await api.sweep([connection]);
  await expect.poll(() => receiver.taken.length).toBe(1);

  await open(`/settings/channels/${id}`);
  const row = page.getByRole("row").filter({ hasText: "Opened" });
  await expect(async () => {
    await page.reload();
    await expect(row).toContainText("Given up", { timeout: 1_000 });
  }).toPass();
  await expect(row).toContainText("The receiver answered 422.");
  receiver.status = 204;
  await row.getByRole("button", { name: "Send again" }).click();
  await expect(row.getByRole("button", { name: "Send again" })).toHaveCount(0);
  await expect.poll(() => receiver.taken.length).toBe(2);
  expect(receiver.taken[1]!.headers["webhook-id"]).toBe(receiver.taken[0]!.headers["webhook-id"]);

  await open(pathOfIncident(await api.incident(connection)));
  const told = page.getByRole("region", { name: "Told on channels" });
  await expect(async () => {
    await page.reload();
    await expect(told.getByRole("row").filter({ hasText: "Opened" })).toContainText("Sent", { timeout: 1_000 });
  }).toPass();
  await expect(told.getByRole("link", { name: "Operations" })).toBeVisible();
  if (javaScriptEnabled) await expectAccessible(page);
  receiver.stop();
  faultProxy.close();
});

test.describe("a viewer", () => {
  test.use({ role: "viewer" });

  test("sees what was sent, and neither where to nor anything to press", async ({ page, open, api }) => {
    const added = await api.http.post("/api/channels", { data: { name: "Chat", type: "slack", settings: { url: "http://127.0.0.1:9/secret-path" } } });
    const { id } = await added.json();
    await api.http.post(`/api/channels/${id}/test`);
    await open("/settings/channels");
    await page.getByRole("link", { name: "Chat" }).click();
    await expect(page.getByRole("cell", { name: /^Test/ })).toBeVisible();
    expect(await page.content()).not.toContain("secret-path");
    await expect(page.locator("main").getByRole("button")).toHaveCount(0);
  });
});
