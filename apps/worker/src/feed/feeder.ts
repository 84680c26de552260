import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, within } from "@taskpulse/runtime";
import {
  type Feed,
  feed,
  type Keys,
  RUN_QUEUES,
  type RunEntry,
  recoverLostJobs,
  releaseLease,
  type Transitions,
  takeLease,
  waitForRuns,
} from "@taskpulse/store";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { jobIdOf } from "./job-id.ts";

/**
 * States of a feeder, one per worker:
 * - standby: another worker holds the lease; asks for it every LEASE_RETRY_MS.
 * - feeding: moves what is due on, and entries of the run streams into the queues, as far as they have
 *   room; notes that a task is queued, and removes its entry, only when its job is there. If it dies in between, the
 *   next one makes the same job again, which changes nothing.
 * - away: Redis does not answer; tries again every AWAY_RETRY_MS.
 */
const LEASE_MS = 3_000;
const LEASE_RETRY_MS = 500;
const AWAY_RETRY_MS = 250;
const ANSWER_LIMIT_MS = 2_000;
/** While a queue is full: how soon to look whether it has room. */
const FULL_LOOK_MS = 15;
/** The longest wait for news; the lease must outlive it. */
const WAIT_MS = 1_200;
const WAIT_GRACE_MS = 600;
/** Four queues: 1,000 together. */
const MOST_AHEAD = 250;
const RECOVER_EVERY_MS = 5_000;
const RECOVER_UNSEEN_MS = 15_000;
const RECOVER_MOST = 200;

export interface FeederOptions {
  redis: Redis;
  /** Nothing else uses it. */
  blocking: Redis;
  keys: Keys;
  log: Logger;
  transitions: Transitions;
  /** By priority digit. */
  queues: readonly Queue[];
}

/** Hands runnable tasks to the queues, on one worker at a time. */
export class Feeder implements AsyncDisposable {
  readonly #options: FeederOptions;
  readonly #token = randomUUID();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #seen = RUN_QUEUES.map(() => "0-0");
  #recoverAt = 0;

  constructor(options: FeederOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const { redis, blocking, keys } = this.#options;
    blocking.disconnect();
    await this.#done;
    await within(ANSWER_LIMIT_MS, releaseLease(redis, keys.feederLease, this.#token)).catch(() => {
      // Redis is away: the lease expires by itself.
    });
  }

  async #run(): Promise<void> {
    let away = false;
    while (!this.#stop.signal.aborted) {
      try {
        const { redis, keys } = this.#options;
        const leads = await within(
          ANSWER_LIMIT_MS,
          takeLease(redis, keys.feederLease, this.#token, LEASE_MS),
        );
        away = false;
        if (leads) await this.#feed();
        else await this.#pause(LEASE_RETRY_MS);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (!away) this.#options.log.warn({ err: error }, "no tasks can be taken; trying again");
        away = true;
        await this.#pause(AWAY_RETRY_MS);
      }
    }
  }

  async #feed(): Promise<void> {
    const { redis, keys } = this.#options;
    // Another worker may have read them meanwhile, or Redis may have been restored.
    this.#seen = RUN_QUEUES.map(() => "0-0");
    while (!this.#stop.signal.aborted) {
      const step = await within(
        ANSWER_LIMIT_MS,
        feed(redis, keys, { token: this.#token, leaseMs: LEASE_MS, mostAhead: MOST_AHEAD }),
      );
      if (step === null) return;
      await Promise.all(step.entries.map((entries, digit) => this.#enqueue(entries, digit)));
      await this.#recover();
      if (step.more) await this.#pause(FULL_LOOK_MS);
      else if (step.entries.every((entries) => entries.length === 0)) {
        if (!(await this.#waitForNews(step))) return;
      }
    }
  }

  /** While nothing happens only the lease is renewed. False when it was lost. */
  async #waitForNews({ nextDueMs, wakeId }: Feed): Promise<boolean> {
    const { redis, keys } = this.#options;
    const dueAt = nextDueMs === null ? Number.POSITIVE_INFINITY : performance.now() + nextDueMs;
    while (!this.#stop.signal.aborted) {
      const forMs = Math.ceil(Math.min(WAIT_MS, dueAt - performance.now()));
      // 0 would mean for ever.
      if (forMs < 1 || (await this.#wait(wakeId, forMs))) return true;
      if (performance.now() >= this.#recoverAt) return true;
      const renewed = takeLease(redis, keys.feederLease, this.#token, LEASE_MS);
      if (!(await within(ANSWER_LIMIT_MS, renewed))) return false;
    }
    return true;
  }

  async #enqueue(entries: readonly RunEntry[], digit: number): Promise<void> {
    const { queues, transitions } = this.#options;
    const last = entries.at(-1);
    if (last === undefined) return;
    await within(
      ANSWER_LIMIT_MS,
      queues[digit]?.addBulk(
        entries.map((entry) => ({ name: "run", data: {}, opts: { jobId: jobIdOf(entry) } })),
      ) ?? Promise.resolve([]),
    );
    const queued = entries.map((entry) =>
      transitions.queue(entry.taskid, String(digit), entry.entryId, jobIdOf(entry)),
    );
    await within(ANSWER_LIMIT_MS, Promise.all(queued));
    this.#seen[digit] = last.entryId;
  }

  async #recover(): Promise<void> {
    if (performance.now() < this.#recoverAt) return;
    this.#recoverAt = performance.now() + RECOVER_EVERY_MS;
    const { redis, keys, log } = this.#options;
    const policy = { unseenMs: RECOVER_UNSEEN_MS, most: RECOVER_MOST };
    const lost = await within(ANSWER_LIMIT_MS, recoverLostJobs(redis, keys, policy));
    if (lost > 0) log.warn({ tasks: lost }, "jobs were lost; their tasks are queued again");
  }

  async #wait(wakeId: string, forMs: number): Promise<boolean> {
    const { blocking, keys } = this.#options;
    try {
      const position = { entryIds: this.#seen, wakeId };
      return await within(forMs + WAIT_GRACE_MS, waitForRuns(blocking, keys, position, forMs));
    } catch (error) {
      // A connection that was cut without a word never answers again; a new one may.
      if (blocking.status === "ready" && !this.#stop.signal.aborted) blocking.disconnect(true);
      throw error;
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {
      // Only a stop ends the pause early.
    });
  }
}
