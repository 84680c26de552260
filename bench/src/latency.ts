import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "@taskpulse/test-kit";
import { Pool } from "undici";
import { openBrowser } from "./browser.ts";
import { type Percentiles, percentiles } from "./percentiles.ts";
import { signedRequest } from "./signed.ts";
import type { System } from "./system.ts";

export interface LatencyFigures extends Times {
  perSecond: number;
  sent: number;
  /** The first of these seconds, in which processes just started compile, count in `warmUp` only. */
  warmUpSeconds: number;
  warmUp: Times;
}

interface Times {
  /** From the moment a POST was due to the arrival of the frame with its task in the browser, ms. */
  frame: Percentiles;
  /** … to the animation frame that follows, ms. */
  painted: Percentiles;
  acknowledged: Percentiles;
}

export interface LatencyPlan {
  perSecond: number;
  seconds: number;
  warmUpSeconds: number;
}

interface Watched {
  arrivals: Record<number, [frameAt: number, paintedAt: number]>;
  /** What the newest frame says of the store. */
  total: number;
}

/** Runs in the page before its own scripts: notes when each task of a batch arrives and is painted. */
function watchFrames(batchid: string): void {
  const watched: Watched = { arrivals: {}, total: 0 };
  Object.assign(globalThis, { watched });
  const Native = WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }: MessageEvent) => {
        const frameAt = performance.timeOrigin + performance.now();
        if (typeof data !== "string" || !data.includes('["frame",')) return;
        const [, frame] = JSON.parse(data.slice(data.indexOf("["))) as [
          string,
          { tasks: { batchid: string; id: number }[]; totals: { total: number } },
        ];
        const mine = frame.tasks.filter((task) => task.batchid === batchid);
        requestAnimationFrame(() => {
          const paintedAt = performance.timeOrigin + performance.now();
          for (const { id } of mine) watched.arrivals[id] ??= [frameAt, paintedAt];
          watched.total = frame.totals.total;
        });
      });
    }
  };
}

/**
 * Open loop: requests go out when they are due, whether or not earlier ones were answered, and times
 * count from when they were due, so that a stall is not hidden.
 */
export async function measureLatency(
  system: System,
  { perSecond, seconds, warmUpSeconds }: LatencyPlan,
): Promise<LatencyFigures> {
  await using stack = new AsyncDisposableStack();
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  const batchid = randomUUID();
  const page = await browser.newPage();
  await page.addInitScript(watchFrames, batchid);
  await page.goto(system.consumer);
  await page.getByText("live").first().waitFor();

  const before = (await system.summary()).total;
  const pool = new Pool(system.consumer, { connections: 64 });
  stack.defer(() => pool.destroy());
  const warmUpCount = perSecond * warmUpSeconds;
  const count = warmUpCount + perSecond * seconds;
  const dueAt: number[] = [];
  const answeredMs: number[] = [];
  const open = new Set<Promise<void>>();
  const start = performance.timeOrigin + performance.now() + 100;
  while (dueAt.length < count) {
    const now = performance.timeOrigin + performance.now();
    while (dueAt.length < count && start + (dueAt.length * 1_000) / perSecond <= now) {
      const id = dueAt.length;
      const due = start + (id * 1_000) / perSecond;
      dueAt.push(due);
      const sent = send(pool, batchid, id).then(() => {
        answeredMs[id] = performance.timeOrigin + performance.now() - due;
        open.delete(sent);
      });
      open.add(sent);
    }
    await sleep(1);
  }
  await Promise.all(open);
  await system.expectStored(before + count, `latency at ${perSecond}/s`);
  const { arrivals } = await until(
    async () => {
      const seen = await page.evaluate(
        () => (globalThis as unknown as { watched: Watched }).watched,
      );
      return seen.total === before + count ? seen : null;
    },
    { what: `all ${count} tasks to arrive in the browser`, everyMs: 200 },
  );
  // A frame that could not name every task arrived for those that it only counted, too: it is the
  // one that names the next newer task.
  for (let id = count - 2; id >= 0; id--) {
    const newer = arrivals[id + 1];
    if (newer !== undefined) arrivals[id] ??= newer;
  }
  const since = (which: 0 | 1) =>
    dueAt.map((due, id) => (arrivals[id]?.[which] ?? Number.POSITIVE_INFINITY) - due);
  const times = (from: number, to?: number): Times => ({
    frame: percentiles(since(0).slice(from, to)),
    painted: percentiles(since(1).slice(from, to)),
    acknowledged: percentiles(answeredMs.slice(from, to)),
  });
  return {
    perSecond,
    sent: count,
    warmUpSeconds,
    warmUp: times(0, warmUpCount),
    ...times(warmUpCount),
  };
}

async function send(pool: Pool, batchid: string, id: number): Promise<void> {
  const response = await pool.request({
    path: "/consumetasks",
    method: "POST",
    ...signedRequest(
      `${batchid}-${id}`,
      JSON.stringify({ batchid, id, owner: "Jennifer Miles", priority: "Major" }),
    ),
  });
  await response.body.dump();
  if (response.statusCode !== 200) throw new Error(`a task was answered ${response.statusCode}`);
}
