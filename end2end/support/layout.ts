import { expect, type Page } from "@playwright/test";

/** Nothing is wider than the screen, and no text lies over another. */
export async function expectTidy(page: Page, where: string): Promise<void> {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(content, `${where}: wider than the screen`).toBeLessThanOrEqual(screen!);
  expect(await page.evaluate(overlaps), `${where}: texts over each other`).toEqual([]);
}

/** Pairs of texts that lie over each other. Runs in the page. */
function overlaps(): string[] {
  type Box = { left: number; top: number; right: number; bottom: number; text: string; of: Element };
  const floats = (element: Element | null): boolean =>
    !!element && (["fixed", "sticky"].includes(getComputedStyle(element).position) || element.matches(".ask-body, .unseen") || floats(element.parentElement));
  const boxes: Box[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const of = node.parentElement!;
    if (!node.textContent!.trim() || !of.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || floats(of)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, top, right, bottom } of range.getClientRects()) {
      const box: Box = { left, top, right, bottom, text: node.textContent!.trim().slice(0, 40), of };
      for (let around: Element | null = of; around; around = around.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(around);
        if (overflowX === "visible" && overflowY === "visible") continue;
        const clip = around.getBoundingClientRect();
        box.left = Math.max(box.left, clip.left);
        box.right = Math.min(box.right, clip.right);
        box.top = Math.max(box.top, clip.top);
        box.bottom = Math.min(box.bottom, clip.bottom);
      }
      if (box.right - box.left > 2 && box.bottom - box.top > 2) boxes.push(box);
    }
  }
  const found = new Set<string>();
  for (const [index, a] of boxes.entries()) {
    for (const b of boxes.slice(index + 1)) {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      // Lines of a paragraph may touch: their boxes are higher than their letters.
      if (a.of !== b.of && wide > 2 && high > 5) found.add(`“${a.text}” and “${b.text}”`);
    }
  }
  return [...found];
}
