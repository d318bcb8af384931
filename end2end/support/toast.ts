import type { Locator, Page } from "@playwright/test";

/** Where errors appear. */
export const toasts = (page: Page): Locator => page.getByRole("region", { name: "Notifications" });

export const toast = (page: Page): Locator => toasts(page).getByRole("group");
