import type { Locator, Page } from "@playwright/test";

/** Values by the labels that people read. A tick is a boolean, a choice one of its words. */
export type Values = Record<string, string | number | boolean>;

/** The input with this label, whether or not it says that it is optional. */
export function input(page: Page, label: string): Locator {
  return page.getByLabel(new RegExp(`^${label}( optional)?$`)).first();
}

export async function fill(page: Page, values: Values): Promise<void> {
  for (const [label, value] of Object.entries(values)) {
    const control = input(page, label);
    const folded = page.locator("details.folded:not([open])").filter({ has: control });
    if (await folded.count()) await folded.locator("summary").click();
    if (typeof value === "boolean") await control.setChecked(value);
    else if ((await control.evaluate((element) => element.tagName)) === "SELECT") await control.selectOption(String(value));
    else await control.fill(String(value));
  }
}

/** As a person does, over whatever stands there. */
export async function paste(control: Locator, text: string): Promise<void> {
  const page = control.page();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await control.selectText();
  await page.keyboard.press("ControlOrMeta+V");
}

export const save = (page: Page): Promise<void> => page.getByRole("button", { name: "Save connection" }).click();
export const saveAndTest = (page: Page): Promise<void> => page.getByRole("button", { name: "Save & test" }).click();
