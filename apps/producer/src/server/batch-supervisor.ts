import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@taskpulse/runtime";
import {
  claimBatches,
  closeCancelledBatch,
  type HeldBatch,
  type Keys,
  pruneBatches,
  readBatch,
  readProgress,
  recordOutcomes,
  releaseBatch,
} from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { BackoffPolicy } from "./backoff.ts";
import { BatchRunner, type Send } from "./batch-runner.ts";

const LEASE_TTL_MS = 3_000;
const LOOK_EVERY_MS = 1_000;
/** A lease that was not renewed for so long may end while a task is being sent. */
const LEASE_DOUBTFUL_MS = 2_000;
/**
 * How many batches one producer runs at a time, and how many tasks they have in all: their names
 * are kept in memory. Further batches wait for their turn.
 */
const MAX_RUNNING = { batches: 64, tasks: 1_000_000 };
const PRUNE_EVERY_MS = 600_000;
const KEEP_BATCHES = 1_000;

export interface BatchSupervisorOptions {
  redis: Redis;
  keys: Keys;
  send: Send;
  log: Logger;
  retentionDays: number;
  tries?: number;
  backoff?: BackoffPolicy;
}

/**
 * Runs the batches that this producer holds a lease for. Once a second, and when it hears of a
 * change, it renews its leases and claims batches that nobody holds: new ones, resumed ones, and
 * those of a producer that died.
 */
export class BatchSupervisor implements AsyncDisposable {
  readonly #options: BatchSupervisorOptions;
  readonly #hold = { token: randomUUID(), ttlMs: LEASE_TTL_MS };
  readonly #runners = new Map<string, Running>();
  /** Those that ended since the claim that is under way was sent: its answer is old news for them. */
  readonly #endedMeanwhile = new Set<string>();
  readonly #stopped = new AbortController();
  #renewedAt = Number.NEGATIVE_INFINITY;
  #prunedAt = Number.NEGATIVE_INFINITY;
  #lookAtOnce: () => void = () => {};
  #abandoned = false;
  readonly #loop: Promise<void>;

  constructor(options: BatchSupervisorOptions) {
    this.#options = options;
    this.#loop = this.#keepLooking();
  }

  /** How many batches run here. */
  get running(): number {
    return this.#runners.size;
  }

  /** Looks for batches to claim, stop or go on with now, not only at the next second. */
  lookNow(): void {
    this.#lookAtOnce();
  }

  /** For tests: ends like a killed process, with leases not given back and nothing recorded. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#stopped.abort();
    this.#lookAtOnce();
    for (const { runner } of this.#runners.values()) runner.abandon();
    await Promise.all([this.#loop, ...[...this.#runners.values()].map(({ ended }) => ended)]);
  }

  /** Stops sending, records what is in flight, gives the leases back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#lookAtOnce();
    for (const { runner } of this.#runners.values()) runner.stop();
    await Promise.all([this.#loop, ...[...this.#runners.values()].map(({ ended }) => ended)]);
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      // Set up before the look, so that what changes during it leads to another one.
      const asked = new AbortController();
      this.#lookAtOnce = () => asked.abort();
      await this.#look();
      if (signal.aborted) return;
      await sleep(LOOK_EVERY_MS, undefined, { signal: asked.signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { redis, keys, log } = this.#options;
    const sentAt = performance.now();
    this.#endedMeanwhile.clear();
    try {
      const held = await claimBatches(redis, keys, this.#hold, MAX_RUNNING);
      this.#renewedAt = sentAt;
      if (!this.#stopped.signal.aborted) this.#follow(held);
      await this.#pruneNowAndThen(sentAt);
    } catch (error) {
      // The connection's own log says that Redis is away; the next look comes by itself.
      log.debug({ err: error }, "could not look for batches");
    }
  }

  #follow(held: readonly HeldBatch[]): void {
    const ids = new Set(held.map(({ batchid }) => batchid));
    for (const [batchid, { runner }] of this.#runners) if (!ids.has(batchid)) runner.stop();
    for (const batch of held) {
      const known = this.#runners.get(batch.batchid);
      if (known === undefined) {
        if (!this.#endedMeanwhile.has(batch.batchid)) this.#begin(batch);
      } else if (batch.state === "running") {
        known.runner.lookAgain(batch.round);
      } else {
        known.runner.stop();
      }
    }
  }

  #begin({ batchid, round }: HeldBatch): void {
    const { redis, keys, send, log, tries, backoff } = this.#options;
    const hold = this.#hold;
    const run = async (): Promise<void> => {
      const stored = await readBatch(redis, keys, batchid);
      if (stored === null || stored.view.state !== "running") return;
      const runner = new BatchRunner({
        batch: stored.view,
        round,
        readProgress: () => readProgress(redis, keys, batchid),
        record: (outcomes) => recordOutcomes(redis, keys, batchid, hold, outcomes, Date.now()),
        send,
        holdsLease: () => performance.now() - this.#renewedAt < LEASE_DOUBTFUL_MS,
        log,
        ...(tries === undefined ? {} : { tries }),
        ...(backoff === undefined ? {} : { backoff }),
      });
      entry.runner = runner;
      if (this.#stopped.signal.aborted) return;
      log.info({ batchid, total: stored.view.total }, "batch runs here");
      await runner.run();
    };
    const entry: Running = { runner: NOT_YET, ended: Promise.resolve() };
    this.#runners.set(batchid, entry);
    entry.ended = run()
      .catch((error: unknown) => log.warn({ err: error, batchid }, "batch could not be run"))
      .then(() => this.#end(batchid));
  }

  async #end(batchid: string): Promise<void> {
    const { redis, keys } = this.#options;
    try {
      if (this.#abandoned) return;
      await closeCancelledBatch(redis, keys, batchid, this.#hold, Date.now());
      await releaseBatch(redis, keys, batchid, this.#hold.token);
    } catch {
      // Redis is away: the lease ends by itself, and whoever claims the batch then closes it.
    } finally {
      this.#runners.delete(batchid);
      this.#endedMeanwhile.add(batchid);
      // It may have been resumed while it was being stopped.
      this.#lookAtOnce();
    }
  }

  async #pruneNowAndThen(now: number): Promise<void> {
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    const { redis, keys, retentionDays } = this.#options;
    const beforeMs = Date.now() - retentionDays * 86_400_000;
    const removed = await pruneBatches(redis, keys, { beforeMs, keep: KEEP_BATCHES });
    // More than one call's worth: go on at the next look.
    if (removed === 0) this.#prunedAt = now;
  }
}

interface Running {
  runner: Pick<BatchRunner, "stop" | "abandon" | "lookAgain">;
  ended: Promise<void>;
}

/** Stands in for a runner while its batch is being read. */
const NOT_YET: Running["runner"] = {
  stop() {},
  abandon() {},
  lookAgain() {},
};
