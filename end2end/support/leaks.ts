import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A secret that stands out, with a character for each kind of escaping. `plain` leaves out what a header may not hold. */
export const canary = (plain = false): string => `cnry${randomBytes(4).toString("hex")}"<&'+/=%${plain ? "" : "é\\"}>`;

/** Anything that someone may get to see, and where. */
export type Exhibit = { where: string; bytes: Buffer };

export const exhibit = (where: string, bytes: string | Buffer): Exhibit => ({ where, bytes: Buffer.from(bytes as string) });

/** Every file under a folder. */
export function filesIn(folder: string): Exhibit[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => exhibit(`file ${name}`, readFileSync(join(parentPath, name))));
}

/** How a secret may be spelt, by the name of the spelling. */
export function spellings(secret: string): Map<string, Buffer> {
  const bytes = Buffer.from(secret);
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  const html = (text: string) => text.replace(/[&<>"']/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" })[mark]!);
  const ascii = (text: string) => text.replace(/[^ -~]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const csv = (text: string) => text.replaceAll('"', '""');
  const percent = (text: string) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const form = new URLSearchParams([["", secret]]).toString().slice(1);
  const all: [string, string | Buffer][] = [
    ["raw", bytes],
    ["hex", bytes.toString("hex")],
    ["hex in capitals", bytes.toString("hex").toUpperCase()],
    ["url", encodeURIComponent(secret)],
    ["url in small letters", percent(encodeURIComponent(secret))],
    ["form", form],
    ["form in small letters", percent(form)],
    ["json", json(secret)],
    ["json in ascii", ascii(json(secret))],
    ["json twice", json(json(secret))],
    ["csv", csv(secret)],
    ["json in csv", csv(json(secret))],
    ["html", html(secret)],
    ["html with a decimal apostrophe", html(secret).replaceAll("&#x27;", "&#39;")],
    ["html, only what must", secret.replace(/[&<>]/g, (mark) => html(mark))],
    ["html of json", html(json(secret))],
    // A longer text may begin before the secret, which shifts its base64: three ways, without the letters at either edge.
    ...[0, 1, 2].map((shift): [string, string] => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
      return [`base64, shifted by ${shift}`, text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))];
    }),
  ];
  const urlSafe = all.filter(([name]) => name.startsWith("base64")).map(([name, text]): [string, string] => [`${name}, for addresses`, String(text).replaceAll("+", "-").replaceAll("/", "_")]);
  return new Map([...all, ...urlSafe].map(([name, text]) => [name, Buffer.from(text as string)]));
}

/** Where a secret is found, and in which spelling. */
export function sightings(secret: string, exhibits: Exhibit[]): { where: string; spelling: string }[] {
  const wanted = [...spellings(secret)];
  return exhibits.flatMap(({ where, bytes }) => wanted.filter(([, text]) => bytes.includes(text)).map(([spelling]) => ({ where, spelling })));
}
