import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "@playwright/test";

const FOLDER = resolve(import.meta.dirname, "../../style");
/** Its classes may be put beside any other. */
const UTILITIES = "base.css";

type Sheet = { file: string; text: string };
/** A class and the style sheet that has it: where a selector begins with it, and where it is put beside another on one element. */
type Uses = { begins: [string, string][]; beside: [string, string][] };

/** Reads the sheets as a browser does. Runs in the page. */
function usesIn(sheets: Sheet[]): Uses {
  const uses: Uses = { begins: [], beside: [] };
  const read = (file: string, rules: CSSRuleList, nested: boolean) => {
    for (const rule of rules) {
      const selectors = rule instanceof CSSStyleRule ? rule.selectorText.split(/,(?![^(]*\))/) : [];
      for (const selector of selectors) {
        const first = /\.([\w-]+)/.exec(selector)?.[1];
        if (first && !nested) uses.begins.push([first, file]);
        const itself = selector.replace(/:(has|not)\((?:[^()]|\([^()]*\))*\)/g, "");
        for (const compound of itself.split(/[\s>+~]+/)) {
          const [own, ...others] = [...compound.matchAll(/\.([\w-]+)/g)].map(([, name]) => name!);
          for (const name of compound.startsWith("&") && own ? [own, ...others] : others) uses.beside.push([name, file]);
        }
      }
      if ("cssRules" in rule) read(file, rule.cssRules as CSSRuleList, nested || rule instanceof CSSStyleRule);
    }
  };
  for (const { file, text } of sheets) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    read(file, sheet.cssRules, false);
  }
  return uses;
}

function faults({ begins, beside }: Uses): string[] {
  const homes = new Map<string, Set<string>>();
  for (const [name, file] of begins) homes.set(name, (homes.get(name) ?? new Set()).add(file));
  const twice = [...homes].filter(([, files]) => files.size > 1).map(([name, files]) => `.${name} is defined in ${[...files].join(" and ")}`);
  const met = beside.flatMap(([name, file]) => {
    const foreign = [...(homes.get(name) ?? [])].filter((home) => home !== file && home !== UTILITIES);
    return foreign.map((home) => `.${name} of ${home} is put beside a class of ${file}`);
  });
  return [...new Set([...twice, ...met])];
}

test("a class name belongs to one style sheet", async ({ page }) => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".css") && file !== "main.css");
  const sheets = files.map((file) => ({ file, text: readFileSync(resolve(FOLDER, file), "utf8") }));
  expect(sheets.length).toBeGreaterThan(10);
  expect(faults(await page.evaluate(usesIn, sheets))).toEqual([]);
});

test("the rule finds a name that two sheets define, and a state that is another's name", async ({ page }) => {
  const sheets = [
    { file: "steps.css", text: "@layer ui { .steps { &.live { color: red } & .mark { color: red } } .steps.done { color: red } }" },
    { file: "health.css", text: "@layer page { .live { display: flex } .done, .note .mark { color: red } @media print { .steps li { color: red } } }" },
  ];
  expect(faults(await page.evaluate(usesIn, sheets))).toEqual([
    ".steps is defined in steps.css and health.css",
    ".live of health.css is put beside a class of steps.css",
    ".done of health.css is put beside a class of steps.css",
  ]);
});
