// Packs what the browser loads into target/site, which the server embeds.
//
//   node script/assets.mjs FOLDER_OF_WASM_BINDGEN release|debug
//
// The script, the WebAssembly and the style sheet carry one hash of all three in their names, so that they may be
// cached for ever and never mixed. Nothing is written when nothing changed: a new file time would rebuild the server.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const SITE = "target/site";
const PUBLIC = "public";
const WASM_NAME = "switchboard_bg.wasm";

// What a page may weigh, in KB after gzip: beyond `most` a release fails, `aim` is where it should be.
const BUDGETS = [
  { name: "wasm + js", kinds: ["wasm", "js"], most: 180, aim: 120 },
  { name: "css", kinds: ["css"], most: 35, aim: 12 },
];

const [bindings, profile] = process.argv.slice(2);
const release = profile === "release";
const levels = release ? { gzip: 9, brotli: 11 } : { gzip: 1, brotli: 1 };

// `url(/...)` in a style sheet means the site at run time, not a file here.
const leaveSitePaths = {
  name: "leave-site-paths",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\// }, ({ kind, path }) => (kind === "url-token" ? { path, external: true } : undefined)),
};

const { id, assets } = await pack();
const changed = !isAlreadyThere(id, assets);
if (changed) write(id, assets);
console.log(`build ${id}${changed ? "" : ", unchanged"}`);
report(assets);
if (release && !withinBudgets(assets)) process.exit(1);

/** The three assets with the names they will have, and the hash that is in those names. */
async function pack() {
  const wasm = readFileSync(join(bindings, WASM_NAME));
  const js = await bundle({ entryPoints: [join(bindings, "switchboard.js")], format: "esm" });
  const css = await bundle({ entryPoints: ["style/main.css"], plugins: [leaveSitePaths] });

  const hash = createHash("sha256");
  for (const part of [wasm, js, css]) hash.update(`${part.length}:`).update(part);
  const id = hash.digest("hex").slice(0, 16);

  const wasmName = `switchboard-${id}_bg.wasm`;
  const assets = [
    { kind: "wasm", path: `pkg/${wasmName}`, bytes: wasm },
    // So that the script finds its WebAssembly even when the page does not tell it where.
    { kind: "js", path: `pkg/switchboard-${id}.js`, bytes: Buffer.from(js.toString().replaceAll(WASM_NAME, wasmName)) },
    { kind: "css", path: `pkg/switchboard-${id}.css`, bytes: css },
  ];
  return { id, assets };
}

/** Minified for browsers as they are today: `light-dark()`, nesting and layers stay as they were written. */
async function bundle(options) {
  const { outputFiles } = await build({ ...options, bundle: true, minify: true, target: "esnext", write: false });
  return Buffer.from(outputFiles[0].contents);
}

function isAlreadyThere(id, assets) {
  const shared = filesUnder(PUBLIC);
  const wanted = ["build-id", ...shared, ...assets.flatMap(({ path }) => [path, `${path}.br`, `${path}.gz`])];
  return (
    wanted.sort().join() === filesUnder(SITE).sort().join() &&
    readFileSync(join(SITE, "build-id"), "utf8") === id &&
    shared.every((file) => readFileSync(join(PUBLIC, file)).equals(readFileSync(join(SITE, file))))
  );
}

function write(id, assets) {
  rmSync(SITE, { recursive: true, force: true });
  mkdirSync(join(SITE, "pkg"), { recursive: true });
  for (const { path, bytes } of assets) {
    writeFileSync(join(SITE, path), bytes);
    writeFileSync(join(SITE, `${path}.gz`), gzipSync(bytes, { level: levels.gzip }));
    writeFileSync(join(SITE, `${path}.br`), brotli(bytes));
  }
  if (existsSync(PUBLIC)) cpSync(PUBLIC, SITE, { recursive: true });
  // Last, so that an interrupted run is not taken for a finished one.
  writeFileSync(join(SITE, "build-id"), id);
}

function brotli(bytes) {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  return brotliCompressSync(bytes, { params: { [BROTLI_PARAM_QUALITY]: levels.brotli, [BROTLI_PARAM_SIZE_HINT]: bytes.length } });
}

/** Paths relative to `folder`, which need not exist. */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

function report(assets) {
  console.log("KB             raw    gzip  brotli");
  for (const { kind, path, bytes } of assets) {
    const sizes = [bytes.length / 1000, kilobytes(`${path}.gz`), kilobytes(`${path}.br`)];
    console.log(kind.padEnd(10) + sizes.map((size) => size.toFixed(1).padStart(8)).join(""));
  }
}

function withinBudgets(assets) {
  const verdicts = BUDGETS.map(({ name, kinds, most, aim }) => {
    const parts = assets.filter(({ kind }) => kinds.includes(kind));
    const total = parts.reduce((sum, { path }) => sum + kilobytes(`${path}.gz`), 0);
    const within = total <= most;
    console.log(`${name}: ${total.toFixed(1)} KB gzip, ${within ? "within" : "OVER"} the budget of ${most} (aim: ${aim})`);
    return within;
  });
  return verdicts.every(Boolean);
}

function kilobytes(path) {
  return readFileSync(join(SITE, path)).length / 1000;
}
