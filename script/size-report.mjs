// What the browser loads and how large the program is, against what they may weigh.
//
//   node script/size-report.mjs release|debug
//
// A release beyond its budget ends with 1. Every page loads the same three files, so their sum is what a page costs.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";

const PACKAGE = "target/site/pkg";
const PROGRAM = "target/release/switchboard";

// KB after gzip; the program in MB.
const BUDGETS = [
  { name: "wasm + js", kinds: ["wasm", "js"], most: 160 },
  { name: "css", kinds: ["css"], most: 35 },
];
const PROGRAM_MOST = 45;

const isRelease = process.argv[2] === "release";
const files = readdirSync(PACKAGE, { recursive: true })
  .filter((path) => /\.(wasm|js|css)$/.test(path))
  .sort()
  .map((path) => ({ path, kind: path.split(".").at(-1), ...sizes(path) }));

/** In KB, compressed as the server's build does it. */
function sizes(path) {
  const bytes = readFileSync(`${PACKAGE}/${path}`);
  const brotli = statSync(`${PACKAGE}/${path}.br`, { throwIfNoEntry: false })?.size ?? NaN;
  return { raw: bytes.length / 1000, gzip: gzipSync(bytes, { level: 9 }).length / 1000, brotli: brotli / 1000 };
}

console.log("KB             raw    gzip  brotli");
for (const { path, raw, gzip, brotli } of files) {
  console.log(path.split(".").at(-1).padEnd(10) + [raw, gzip, brotli].map((size) => size.toFixed(1).padStart(8)).join(""));
}

const measured = BUDGETS.map(({ name, kinds, most }) => {
  const total = files.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { gzip }) => sum + gzip, 0);
  return { name, unit: "KB gzip", total, most };
});
const program = statSync(PROGRAM, { throwIfNoEntry: false });
if (isRelease && program) measured.push({ name: "program", unit: "MB", total: program.size / 1e6, most: PROGRAM_MOST });

for (const { name, unit, total, most } of measured) {
  console.log(`${name}: ${total.toFixed(1)} ${unit}, ${total <= most ? "within" : "OVER"} the budget of ${most}`);
}
if (isRelease && measured.some(({ total, most }) => total > most)) process.exit(1);
