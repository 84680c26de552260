import { randomUUID } from "node:crypto";
import type { Logger } from "@taskpulse/runtime";
import { isRedisAway } from "@taskpulse/runtime";
import { type Keys, releaseLease, retryLeaseKey, stepRetryJobs } from "@taskpulse/store";
import type { Redis } from "ioredis";

/** How often it looks whether there is a job that another consumer left. */
const EVERY_MS = 2_000;
const LEASE_MS = 5_000;
/** Between two steps: tasks are started anew no faster than some 20,000 a second, and Redis has time for others. */
const BREATH_MS = 5;

/**
 * Does retries in bulk, on one consumer at a time. All it knows of a job is in Redis: whoever has the
 * lease goes on where the job is.
 */
export class RetryRunner implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #log: Logger;
  readonly #token = randomUUID();
  readonly #done: Promise<void>;
  #isStopped = false;
  #wake: () => void = () => undefined;
  #hasNews = false;

  constructor(redis: Redis, keys: Keys, log: Logger) {
    this.#redis = redis;
    this.#keys = keys;
    this.#log = log;
    this.#done = this.#run();
  }

  /** Looks for jobs now. */
  look(): void {
    this.#hasNews = true;
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#hasNews = false;
      const isBusy = await this.#step();
      await this.#pause(isBusy ? BREATH_MS : EVERY_MS);
    }
    await releaseLease(this.#redis, retryLeaseKey(this.#keys), this.#token).catch(() => {
      // Redis is away: the lease expires by itself.
    });
  }

  /** Whether there may be more to do at once. */
  async #step(): Promise<boolean> {
    try {
      const step = await stepRetryJobs(this.#redis, this.#keys, this.#token, LEASE_MS);
      if (step.kind !== "stepped") return false;
      if (step.isDone) this.#log.info({ jobid: step.jobid }, "a retry in bulk is done");
      return true;
    } catch (error) {
      const waits = isRedisAway(error) || isFull(error);
      this.#log[waits ? "debug" : "error"]({ err: error }, "retries in bulk wait");
      return false;
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#isStopped || this.#hasNews) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#wake = end;
    });
  }
}

/** More to run needs room in the store. */
function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("OOM");
}
