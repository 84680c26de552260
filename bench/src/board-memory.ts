import { randomUUID } from "node:crypto";
import { until } from "@taskpulse/test-kit";
import { openBrowser } from "./browser.ts";
import { signedRequest } from "./signed.ts";
import type { System } from "./system.ts";

export interface BoardMemoryFigures {
  /** Heap of the page after garbage collection, in bytes, by how many tasks it has seen. */
  heapBytes: { seen: number; bytes: number }[];
  growth: number;
  /** The longest of the page's animation frames while tasks streamed in, in ms: 95th percentile. */
  frameP95Ms: number;
}

/** A board that has seen many tasks must cost no more than one that has seen few. */
export async function measureBoardMemory(
  system: System,
  { few, many }: { few: number; many: number },
): Promise<BoardMemoryFigures> {
  await using stack = new AsyncDisposableStack();
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  const page = await browser.newPage();
  await page.goto(system.consumer);
  await page.getByText("live").first().waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.evaluate(() => {
    const gaps: number[] = [];
    Object.assign(globalThis, { gaps });
    let last = performance.now();
    const tick = (now: number) => {
      gaps.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? Number.NaN;
  };
  const heapBytes: BoardMemoryFigures["heapBytes"] = [];
  let seen = 0;
  for (const target of [few, many]) {
    const before = (await system.summary()).total;
    await stream(system, target - seen);
    await system.expectStored(before + target - seen, "board memory");
    seen = target;
    const { total } = await system.summary();
    await until(async () => (await page.title()) !== "" && (await shows(page, total)), {
      what: "the board to show every task",
      everyMs: 100,
    });
    heapBytes.push({ seen, bytes: await heap() });
  }
  const gaps = await page.evaluate(() => (globalThis as unknown as { gaps: number[] }).gaps);
  gaps.sort((a, b) => a - b);
  const [first, second] = heapBytes;
  return {
    heapBytes,
    growth: (second?.bytes ?? Number.NaN) / (first?.bytes ?? Number.NaN),
    frameP95Ms: gaps[Math.floor(gaps.length * 0.95)] ?? Number.NaN,
  };
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof openBrowser>>["newPage"]>>;

/** The table's cells hold plain numbers; their sum is what the board shows. */
async function shows(page: Page, total: number): Promise<boolean> {
  const cells = await page.locator("table tbody tr td:nth-of-type(2)").allTextContents();
  return cells.map(Number).reduce((sum, count) => sum + count, 0) === total;
}

/** About 4,000 tasks/s in arrays of 40. */
async function stream(system: System, count: number): Promise<void> {
  const batchid = randomUUID();
  for (let id = 0; id < count; id += 40) {
    const tasks = Array.from({ length: Math.min(40, count - id) }, (_, i) => ({
      batchid,
      id: id + i,
      owner: "Jennifer Miles",
      priority: ["Low", "Moderate", "Major", "Critical"][i % 4],
    }));
    const due = performance.now() + 10;
    const response = await fetch(`${system.consumer}/consumetasks`, {
      method: "POST",
      ...signedRequest(`${batchid}-${id}`, JSON.stringify(tasks)),
    });
    if (response.status !== 200) throw new Error(`tasks were answered ${response.status}`);
    await response.arrayBuffer();
    const left = due - performance.now();
    if (left > 1) await new Promise((resolve) => setTimeout(resolve, left));
  }
}
