import { setTimeout as sleep } from "node:timers/promises";
import type { BatchView, Summary } from "@taskpulse/contract";
import { createKeys } from "@taskpulse/store";
import { until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import type { Board } from "./boards/board.ts";
import type { BatchLoad } from "./load/batch-load.ts";
import type { DirectLoad } from "./load/direct-load.ts";
import type { Ledger } from "./load/ledger.ts";
import type { RunLoad } from "./load/run-load.ts";
import type { AskedSchedule, ScheduleLoad } from "./load/schedule-load.ts";
import type { Subscriber } from "./load/subscribe.ts";
import type { Progress } from "./progress.ts";
import type { Remote } from "./remotes/remote.ts";
import { compare, type SentAs, sentDirectly } from "./verdict/compare.ts";
import { compareBatches } from "./verdict/compare-batches.ts";
import { compareBoards } from "./verdict/compare-boards.ts";
import { compareRuns } from "./verdict/compare-runs.ts";
import { compareSchedules, readSchedules, scheduledRuns } from "./verdict/compare-schedules.ts";
import { expectedRuns } from "./verdict/expected-run.ts";
import { readStored } from "./verdict/stored.ts";
import { readLeftovers, readRuns } from "./verdict/stored-runs.ts";
import type { Findings } from "./verdict/verdict.ts";

const SUMMARY_LIMIT_MS = 10_000;
const REST_LOOK_MS = 300;
const UNFINISHED = ["s:waiting", "s:queued", "s:running", "s:retrying"] as const;

export interface JudgeOptions {
  readonly ledger: Ledger;
  readonly seed: number;
  readonly load: DirectLoad;
  readonly batches?: BatchLoad;
  readonly runs: RunLoad;
  readonly schedules?: ScheduleLoad;
  readonly subscribers: readonly Subscriber[];
  readonly remotes: readonly Remote[];
  readonly boards: readonly Board[];
  /** The consumer that is asked for the summary. */
  readonly consumer: string;
  readonly redisUrl: string;
  /** How long the product may take to deliver what it was cut off from. */
  readonly settleMs: number;
  /** How long boards may take to catch up. */
  readonly boardMs: number;
  readonly progress?: Progress;
}

/** To be called when nothing is broken any more: lets everything come to rest, then compares. */
export async function judge(options: JudgeOptions): Promise<Findings> {
  const { ledger, seed, load, batches, runs, boards, consumer, settleMs, progress } = options;
  await Promise.all([load.stop(), runs.stop(), options.schedules?.stop(), batches?.stop()]);
  const views = (await batches?.settled(settleMs)) ?? new Map<string, BatchView>();
  progress?.say("every batch is delivered");
  await load.sendUnacknowledged(settleMs);
  await runs.sendUnacknowledged(settleMs);

  const redis = new Redis(options.redisUrl);
  try {
    const asked = options.schedules?.asked ?? [];
    const schedules = await untilDone(redis, asked, settleMs);
    const leftovers = await untilAtRest(redis, settleMs);
    progress?.say("every task has ended, and all results are told");
    const stored = await readStored(redis);
    const summary = await until(() => readSummary(consumer), {
      timeoutMs: SUMMARY_LIMIT_MS,
      what: "the summary",
    });
    const sentAs: SentAs = (batchid, id) => {
      const n = runs.tasks.numberOf(batchid, id);
      return n === null ? sentDirectly(seed)(batchid, id) : runs.tasks.at(n).body;
    };
    const storedRuns = await readRuns(redis);
    return {
      comparison: compare(
        ...([ledger, stored, summary, sentAs] as const),
        (batchid) => options.schedules?.made(batchid) ?? false,
      ),
      schedules: compareSchedules(asked, schedules, stored),
      runs: compareRuns({
        expected: [
          ...expectedRuns(ledger, runs.tasks, runs.commands.accounts),
          ...scheduledRuns(asked, stored),
        ],
        subscribers: options.subscribers,
        ...{ leftovers, summary },
        ...{ stored: storedRuns, records: stored.records.size },
        notes: options.remotes.flatMap((remote) => remote.notes()),
      }),
      producers: compareBatches(batches?.asked ?? [], views, ledger, stored),
      boards: await compareBoards(boards, stored, storedRuns, options.boardMs),
    };
  } finally {
    redis.disconnect();
  }
}

/** Waits for schedules to come to their end; what is missing then is seen. */
async function untilDone(redis: Redis, asked: readonly AskedSchedule[], limitMs: number) {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const schedules = await readSchedules(redis, asked);
    const isDone = [...schedules.values()].every(({ state }) => state === "done");
    if (isDone || performance.now() > deadline) return schedules;
    await sleep(REST_LOOK_MS);
  }
}

/** Waits for every task to end. @returns what is left where nothing may be, should the time be over before */
async function untilAtRest(redis: Redis, limitMs: number): Promise<string[]> {
  const { totals } = createKeys();
  const deadline = performance.now() + limitMs;
  for (;;) {
    const counts = await redis.hmget(totals, ...UNFINISHED);
    const isOver = performance.now() > deadline;
    if (isOver || counts.every((count) => Number(count) === 0)) {
      const leftovers = await readLeftovers(redis);
      if (isOver || leftovers.length === 0) return leftovers;
    }
    await sleep(REST_LOOK_MS);
  }
}

export async function readSummary(consumer: string): Promise<Summary> {
  const response = await fetch(`${consumer}/api/summary`);
  if (!response.ok) throw new Error(`the summary was answered ${response.status}`);
  return (await response.json()) as Summary;
}
