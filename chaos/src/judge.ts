import type { BatchView, Summary } from "@taskpulse/contract";
import { until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import type { Board } from "./boards/board.ts";
import type { BatchLoad } from "./load/batch-load.ts";
import type { DirectLoad } from "./load/direct-load.ts";
import type { Ledger } from "./load/ledger.ts";
import { compare } from "./verdict/compare.ts";
import { compareBatches } from "./verdict/compare-batches.ts";
import { compareBoards } from "./verdict/compare-boards.ts";
import { readStored } from "./verdict/stored.ts";
import type { Findings } from "./verdict/verdict.ts";

const SUMMARY_LIMIT_MS = 10_000;

export interface JudgeOptions {
  readonly ledger: Ledger;
  readonly seed: number;
  readonly load: DirectLoad;
  readonly batches?: BatchLoad;
  readonly boards: readonly Board[];
  /** The consumer that is asked for the summary. */
  readonly consumer: string;
  readonly redisUrl: string;
  /** How long the product may take to deliver what it was cut off from. */
  readonly settleMs: number;
  /** How long boards may take to catch up. */
  readonly boardMs: number;
}

/** To be called when nothing is broken any more: lets everything come to rest, then compares. */
export async function judge(options: JudgeOptions): Promise<Findings> {
  const { ledger, seed, load, batches, boards, consumer, settleMs } = options;
  await Promise.all([load.stop(), batches?.stop()]);
  const views = (await batches?.settled(settleMs)) ?? new Map<string, BatchView>();
  await load.sendUnacknowledged(settleMs);

  const redis = new Redis(options.redisUrl);
  try {
    const stored = await readStored(redis);
    const summary = await until(() => readSummary(consumer), {
      timeoutMs: SUMMARY_LIMIT_MS,
      what: "the summary",
    });
    return {
      comparison: compare(ledger, stored, summary, seed),
      producers: compareBatches(batches?.asked ?? [], views, ledger, stored),
      boards: await compareBoards(boards, stored, options.boardMs),
    };
  } finally {
    redis.disconnect();
  }
}

async function readSummary(consumer: string): Promise<Summary> {
  const response = await fetch(`${consumer}/api/summary`);
  if (!response.ok) throw new Error(`the summary was answered ${response.status}`);
  return (await response.json()) as Summary;
}
