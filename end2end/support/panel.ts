import { expect, type Locator, type Page } from "@playwright/test";

/** The verification of a connection on its page. */
export class Panel {
  readonly root: Locator;
  readonly button: Locator;
  readonly activate: Locator;

  constructor(private readonly page: Page) {
    this.root = page.getByRole("region", { name: "Verification" });
    this.button = this.root.getByRole("button", { name: /^Test/ });
    this.activate = page.getByRole("button", { name: "Activate" });
  }

  step(title: string): Locator {
    return this.root.getByRole("listitem").filter({ hasText: title });
  }

  /** Presses the button and waits for the end of the test. */
  async test(): Promise<void> {
    await this.button.click();
    await expect(this.root.getByRole("status")).toContainText(/passed|failed/i);
    await expect(this.button).toHaveText("Test connection");
  }

  /** Every step passed, and the next act is offered. */
  async expectPassed(): Promise<void> {
    await expect(this.root.getByText("Every blocking step passed.")).toBeVisible();
    await expect(this.root.getByText("Failed", { exact: true })).toHaveCount(0);
    await expect(this.root.getByText("Not run", { exact: true })).toHaveCount(0);
  }

  /** This step failed with this advice, nothing after it ran, and nothing can be activated. */
  async expectFailed(title: string, remediation: string): Promise<void> {
    await expect(this.step(title)).toContainText("Failed");
    await expect(this.step(title)).toContainText(remediation);
    await expect(this.root.getByText("Failed", { exact: true })).toHaveCount(1);
    await expect(this.root.getByText(`“${title}” failed.`)).toBeVisible();
    await expect(this.activate).toHaveCount(0);
  }

  async expectState(state: string): Promise<void> {
    await expect(this.page.locator("#connection-head .badge")).toHaveText(state);
  }
}
