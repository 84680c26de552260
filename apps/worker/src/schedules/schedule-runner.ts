import { setTimeout as sleep } from "node:timers/promises";
import type { RunReason, ScheduleRun } from "@taskpulse/contract";
import { isRedisAway, type Logger, within } from "@taskpulse/runtime";
import {
  advanceSchedule,
  claimDueSchedules,
  type DueSchedule,
  encodeTask,
  type GroupCommit,
  isRunMade,
  type Keys,
  scheduledTask,
  stepSchedule,
} from "@taskpulse/store";
import type { Redis } from "ioredis";
import { followScheduleNews } from "./schedule-news.ts";

/** How long nobody else looks at a schedule that a worker is at; then that one is taken for dead. */
const CLAIM_MS = 5_000;
/** A worker that was held up for so long leaves what it has claimed to others. */
const CLAIM_DOUBTFUL_MS = 4_000;
const CLAIM_AT_ONCE = 64;
/** News wakes the runner; this is for news that was lost, and for clocks that are set. */
const MOST_SLEEP_MS = 10_000;
const AWAY_RETRY_MS = 250;
const ANSWER_LIMIT_MS = 2_000;

export interface ScheduleRunnerOptions {
  redis: Redis;
  /** In subscriber mode. */
  subscriber: Redis;
  keys: Keys;
  commit: GroupCommit;
  log: Logger;
  /** How long schedules that are done are kept. */
  keepDoneMs: number;
  /** Told of every run that was made, and of planned times that were missed. */
  onRuns?: (why: RunReason | "missed", count: number) => void;
  /** The clock that schedules go by; default: the machine's. */
  nowMs?: () => number;
}

/**
 * Makes the runs of schedules when they are due. Every worker has one, and any number may be at it:
 * what is due is claimed, a run's identity follows from its planned time, and a schedule moves on
 * only from where it stood (see `schedule-fire.ts` of the store). Sleeps until something is due.
 */
export class ScheduleRunner implements AsyncDisposable {
  readonly #options: ScheduleRunnerOptions;
  readonly #nowMs: () => number;
  readonly #stop = new AbortController();
  readonly #news: Disposable;
  readonly #done: Promise<void>;
  #wake: () => void = () => {};
  /** Earlier news than this ends the sleep. While awake any news does: it may have come too late. */
  #sleepsUntilMs = Number.POSITIVE_INFINITY;

  constructor(options: ScheduleRunnerOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#news = followScheduleNews(options.subscriber, options.keys, (nextMs) => {
      if (nextMs < this.#sleepsUntilMs) this.#wake();
    });
    this.#done = this.#run();
  }

  /** Looks for what is due now, not only when something should be. */
  lookNow(): void {
    this.#wake();
  }

  /** Makes no more runs; what is under way is finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#news[Symbol.dispose]();
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // Set up before the look, so that news that comes during it leads to another one.
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const forMs = await this.#look();
      if (signal.aborted) return;
      this.#sleepsUntilMs = this.#nowMs() + forMs;
      await sleep(forMs, undefined, { signal: woken.signal }).catch(() => {
        // Woken.
      });
      this.#sleepsUntilMs = Number.POSITIVE_INFINITY;
    }
  }

  /** Takes one step with each schedule that is due; returns how long there is nothing more to do. */
  async #look(): Promise<number> {
    const { redis, keys, log, keepDoneMs } = this.#options;
    const since = performance.now();
    const nowMs = this.#nowMs();
    try {
      const claim = { nowMs, forMs: CLAIM_MS, limit: CLAIM_AT_ONCE, keepDoneMs };
      const { schedules, broken, nearestMs } = await within(
        ANSWER_LIMIT_MS,
        claimDueSchedules(redis, keys, claim),
      );
      for (const { scheduleid, error } of broken) {
        log.error({ err: error, scheduleid }, "a schedule can't be read");
      }
      await Promise.all(schedules.map((schedule) => this.#step(schedule, nowMs, since)));
      // Those that were moved on may be due again.
      if (schedules.length > 0) return 0;
      if (nearestMs === null) return MOST_SLEEP_MS;
      return Math.min(MOST_SLEEP_MS, Math.max(1, nearestMs - this.#nowMs()));
    } catch (error) {
      this.#complain(error, "could not look for schedules");
      return AWAY_RETRY_MS;
    }
  }

  /** One that fails stays claimed for a while, and is then taken up again, here or elsewhere. */
  async #step(schedule: DueSchedule, nowMs: number, since: number): Promise<void> {
    const { redis, keys, commit, log, onRuns } = this.#options;
    const { scheduleid, place } = schedule;
    try {
      const step = stepSchedule(place, nowMs);
      const told = await this.#toldTooLate(schedule, step.missed);
      const missed = step.missed.slice(told.length);
      const made = step.runs.map(({ plannedMs, why }) => this.#make(schedule, plannedMs, why));
      if (performance.now() - since > CLAIM_DOUBTFUL_MS) return;
      if (made.length > 0) {
        const outcome = await commit.add(made.map(({ task }) => encodeTask(task)));
        if (outcome.kind !== "durable") {
          log.warn({ scheduleid, outcome: outcome.kind }, "the store can't take a schedule's task");
          return;
        }
      }
      const runs = [...told, ...made.map(({ run }) => run)];
      const { nextMs, cutoffMs } = step;
      const advance = { scheduleid, fromMs: place.nextMs, nextMs, cutoffMs, runs, missed };
      const moved = await within(
        ANSWER_LIMIT_MS,
        advanceSchedule(redis, keys, advance, this.#nowMs()),
      );
      if (!moved) return;
      for (const { why } of runs) onRuns?.(why, 1);
      if (missed.length === 0) return;
      onRuns?.("missed", missed.length);
      log.warn({ scheduleid, count: missed.length }, "runs of a schedule were missed");
    } catch (error) {
      this.#complain(error, "could not move a schedule on");
    }
  }

  /** That Redis is away says the log of the connection. */
  #complain(error: unknown, what: string): void {
    const { log } = this.#options;
    if (isRedisAway(error)) log.debug({ err: error }, what);
    else log.error({ err: error }, what);
  }

  #make({ scheduleid, task: template }: DueSchedule, plannedMs: number, why: RunReason) {
    const { taskid, task } = scheduledTask(scheduleid, template, { plannedMs });
    const at = new Date(plannedMs).toISOString();
    const run: ScheduleRun = { at, fired_at: new Date(this.#nowMs()).toISOString(), taskid, why };
    return { task, run };
  }

  /**
   * Whoever stored the tasks of the first runs may have died before the schedule was moved on: those
   * were not missed.
   */
  async #toldTooLate(schedule: DueSchedule, missed: readonly number[]): Promise<ScheduleRun[]> {
    const { redis, keys } = this.#options;
    const runs: ScheduleRun[] = [];
    if (missed[0] !== schedule.place.nextMs) return runs;
    for (const plannedMs of missed) {
      const { run } = this.#make(schedule, plannedMs, "on_time");
      const isMade = await within(ANSWER_LIMIT_MS, isRunMade(redis, keys, run.taskid));
      if (!isMade) break;
      // When exactly it was made stands in the task.
      runs.push({ ...run, fired_at: run.at });
    }
    return runs;
  }
}
