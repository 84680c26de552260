import type { Page } from "@playwright/test";
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
