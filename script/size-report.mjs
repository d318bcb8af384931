// What the browser loads and how large the program is, against what they may weigh.
//
//   node script/size-report.mjs release|browser|debug
//
// Beyond a budget it ends with 1: `browser` looks at the released browser part alone, `debug` at nothing. A page loads the main part and those of its islands: no page has two islands that are loaded on demand.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";

const SITE = "target/site";
const PROGRAM = "target/release/switchboard";

// KB after gzip; the program in MB.
const BUDGETS = [
  { name: "wasm + js", kinds: ["wasm", "js"], most: 160 },
  { name: "css", kinds: ["css"], most: 35 },
];
const PROGRAM_MOST = 45;

const kind = process.argv[2];
const files = readdirSync(SITE, { recursive: true })
  .filter((path) => /\.(wasm|js|css)$/.test(path))
  .sort()
  .map((path) => ({ path, kind: path.split(".").at(-1), ...sizes(path) }));

/** In KB. Compressed by gzip itself: Node brings another zlib, which makes 2 % more of the same bytes. */
function sizes(path) {
  const bytes = readFileSync(`${SITE}/${path}`);
  const brotli = statSync(`${SITE}/${path}.br`, { throwIfNoEntry: false })?.size ?? NaN;
  return { raw: bytes.length / 1000, gzip: execFileSync("gzip", ["-9nc"], { input: bytes, maxBuffer: Infinity }).length / 1000, brotli: brotli / 1000 };
}

const line = (name, sizes) => console.log(name.padEnd(28) + sizes.map((size) => size.toFixed(1).padStart(8)).join(""));
console.log("KB".padEnd(28) + ["raw", "gzip", "brotli"].map((head) => head.padStart(8)).join(""));
for (const { path, raw, gzip, brotli } of files) {
  line(path.replace("pkg/", "").replace(/\.[^.]+\./, ".").replace(/_loader_\d+/, ""), [raw, gzip, brotli]);
}

// What is loaded with an island alone, by the island's name; the rest every page loads.
const parts = JSON.parse(readFileSync(`${SITE}/pkg/${readdirSync(`${SITE}/pkg`).find((path) => /^__wasm_split_manifest.*\.json$/.test(path))}`));
const islands = Object.entries(parts).map(([name, names]) => ({ name: name.replace(/_loader_\d+$/, ""), paths: names.map((name) => `pkg/${name}.wasm`) }));
const lazy = new Set(islands.flatMap(({ paths }) => paths));
const sum = (chosen) => chosen.reduce((sum, { gzip }) => sum + gzip, 0);
const ofKinds = (kinds) => files.filter(({ path, kind }) => kinds.includes(kind) && !lazy.has(path));

const measured = BUDGETS.map(({ name, kinds, most }) => ({ name: `${name}, every page`, unit: "KB gzip", total: sum(ofKinds(kinds)), most }));
for (const { name, paths } of islands) {
  const [{ kinds, most }] = BUDGETS;
  const own = sum(files.filter(({ path }) => paths.includes(path)));
  measured.push({ name: `${BUDGETS[0].name}, page with ${name} (${own.toFixed(1)})`, unit: "KB gzip", total: sum(ofKinds(kinds)) + own, most });
}
const program = statSync(PROGRAM, { throwIfNoEntry: false });
if (kind === "release" && program) measured.push({ name: "program", unit: "MB", total: program.size / 1e6, most: PROGRAM_MOST });

for (const { name, unit, total, most } of measured) {
  console.log(`${name}: ${total.toFixed(1)} ${unit}, ${total <= most ? "within" : "OVER"} the budget of ${most}`);
}
if (kind !== "debug" && measured.some(({ total, most }) => total > most)) process.exit(1);
