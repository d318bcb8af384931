import { createHmac } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;

/** The last step of each seed whose code was taken. */
const taken = new Map<string, number>();

/**
 * A code that a seed has not given yet (RFC 6238), as each counts once: of the step before now, then of now, then of the step after. All three are
 * good, so that nobody waits.
 */
export function freshCode(seed: string): string {
  const now = Math.floor(Date.now() / STEP_MS);
  const step = Math.max(now - 1, (taken.get(seed) ?? 0) + 1);
  if (step > now + 1) throw new Error("more codes than three in half a minute");
  taken.set(seed, step);
  return code(seed, step);
}

function code(seed: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", bytes(seed)).update(counter).digest();
  const number = mac.readUInt32BE(mac[mac.length - 1]! & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

function bytes(base32: string): Buffer {
  const bits = [...base32].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
}
