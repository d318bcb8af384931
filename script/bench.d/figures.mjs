// From what was measured to what is told.

import { readFileSync } from "node:fs";

export const rounded = (number, places = 2) => Math.round(number * 10 ** places) / 10 ** places;

export function percentiles(values, quantiles = [0.5, 0.99, 1]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (quantile) => rounded(sorted[Math.round((sorted.length - 1) * quantile)] ?? 0);
  return Object.fromEntries(quantiles.map((quantile) => [quantile === 1 ? "max" : `p${Math.round(quantile * 100)}`, at(quantile)]));
}

/** Seconds of user and system time; the kernel counts in hundredths. */
export function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return { user: Number(fields[11]) / 100, system: Number(fields[12]) / 100 };
}

export const resident = (pid) => rounded(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024, 1);
