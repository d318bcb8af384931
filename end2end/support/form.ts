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
    if (typeof value === "boolean") await control.setChecked(value);
    else if ((await control.evaluate((element) => element.tagName)) === "SELECT") await control.selectOption(String(value));
    else await control.fill(String(value));
  }
}

export const save = (page: Page): Promise<void> => page.getByRole("button", { name: "Save connection" }).click();
