import { chromium } from "@playwright/test";
import { PRIORITIES, type PriorityTotals } from "@taskpulse/contract";
import type { Board } from "./board.ts";

/** The real page in Chromium, loaded once and never again. */
export async function pageBoard(
  name: string,
  origin: string,
  executablePath: string,
): Promise<Board> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      // Chromium refuses its sandbox to root.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-background-networking",
      "--disable-component-update",
    ],
  });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    return {
      name,
      async shown() {
        const cells = await page
          .locator("table tbody tr")
          .evaluateAll((rows) =>
            rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? "")),
          );
        const totals = new Map(cells.map(([word = "", total]) => [word, Number(total)]));
        const byPriority = Object.fromEntries(
          PRIORITIES.map((priority) => [priority, totals.get(priority) ?? Number.NaN]),
        );
        return {
          byPriority: byPriority as PriorityTotals,
          byState: null,
          taskids: null,
          states: null,
        };
      },
      [Symbol.asyncDispose]: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
