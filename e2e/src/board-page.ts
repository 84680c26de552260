import { expect, type Locator, type Page } from "@playwright/test";
import { PRIORITIES, type PriorityTotals } from "@taskpulse/contract";

/** What a reader sees on the board: the table of the chart's numbers. */
export async function boardTotals(page: Page): Promise<PriorityTotals> {
  const rows = await page
    .locator("table tbody tr")
    .evaluateAll((all) =>
      all.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? "")),
    );
  const totals = Object.fromEntries(PRIORITIES.map((priority) => [priority, Number.NaN]));
  for (const [name, total] of rows) {
    const priority = PRIORITIES.find((word) => name?.includes(word));
    if (priority !== undefined) totals[priority] = Number(total);
  }
  return totals as PriorityTotals;
}

export async function boardTotal(page: Page): Promise<number> {
  return Object.values(await boardTotals(page)).reduce((sum, count) => sum + count, 0);
}

/** On both sizes the words stand right under the badge whose state they explain. */
export async function expectUnderBadge(page: Page, words: Locator): Promise<void> {
  for (const viewport of [
    { width: 390, height: 844 },
    { width: 1440, height: 900 },
  ]) {
    await page.setViewportSize(viewport);
    const badge = await page.locator("[data-connection]").boundingBox();
    const told = await words.boundingBox();
    if (badge === null || told === null) throw new Error("the state or its words are not shown");
    const apart = told.y - (badge.y + badge.height);
    expect(apart, `${viewport.width} px: pixels between the state and its words`).toBeLessThan(60);
    expect(apart).toBeGreaterThanOrEqual(0);
  }
}

export type Rgb = [red: number, green: number, blue: number];

/** The colour of an element's text as the screen shows it, whatever colour space it is given in. */
export function textColour(element: Locator): Promise<Rgb> {
  return element.evaluate((node): Rgb => {
    const context = document.createElement("canvas").getContext("2d");
    if (context === null) throw new Error("a canvas without a context");
    context.fillStyle = getComputedStyle(node).color;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue];
  });
}
