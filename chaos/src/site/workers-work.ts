import { until } from "@taskpulse/test-kit";
import type { Side } from "../load/ledger.ts";

const LOOK_LIMIT_MS = 1_000;
const LOOK_EVERY_MS = 50;
const ATTEMPTS = /^taskpulse_attempts_total\{.*\} (\d+)$/gm;

/**
 * While tasks come in: resolves when each worker has ended an attempt. One that lives and does nothing is
 * not seen otherwise, because the other does its work.
 */
export async function workersWork(
  origins: Readonly<Record<Side, string>>,
  timeoutMs: number,
): Promise<void> {
  const each = Object.entries(origins).map(async ([side, origin]) => {
    let before: number | undefined;
    await until(
      async () => {
        const now = await attemptsOf(origin);
        // Fewer: it was started again meanwhile.
        if (before === undefined || now < before) before = now;
        return now > before;
      },
      { timeoutMs, everyMs: LOOK_EVERY_MS, what: `worker ${side} to run tasks` },
    );
  });
  await Promise.all(each);
}

async function attemptsOf(origin: string): Promise<number> {
  const response = await fetch(`${origin}/metrics`, { signal: AbortSignal.timeout(LOOK_LIMIT_MS) });
  const counts = [...(await response.text()).matchAll(ATTEMPTS)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}
