import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { MOST_SHIFT, SHIFT } from "./shifts";

const SHOWN = 10;

/** Says at the end of a run which flows shifted most. */
export default class ShiftReport implements Reporter {
  private readonly flows: { flow: string; shift: number }[] = [];

  printsToStdio(): boolean {
    return false;
  }

  onTestEnd(test: TestCase, { annotations }: TestResult): void {
    const figure = annotations.find(({ type }) => type === SHIFT)?.description;
    const flow = test.titlePath().filter(Boolean).join(" › ");
    if (figure !== undefined) this.flows.push({ flow, shift: Number(figure) });
  }

  onEnd(): void {
    if (!this.flows.length) return;
    const most = this.flows.toSorted((a, b) => b.shift - a.shift).slice(0, SHOWN);
    console.log(`\nLayout shift of ${this.flows.length} flows, at most ${MOST_SHIFT} each; the most:`);
    for (const { flow, shift } of most) console.log(`  ${shift.toFixed(4)}  ${flow}`);
  }
}
