import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@taskpulse/runtime";
import {
  applyRetention,
  type Keys,
  type RetentionPolicy,
  releaseLease,
  takeLease,
} from "@taskpulse/store";
import type { Redis } from "ioredis";

const EVERY_MS = 2_000;
const LEASE_MS = 10_000;
/** Between two steps, so that a large clean-up leaves Redis to the ingest most of the time. */
const BREATH_MS = 4;

/** Applies retention now and then, on one consumer at a time. */
export class RetentionJob implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #token = randomUUID();
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #policy: RetentionPolicy;
  readonly #log: Logger;
  readonly #done: Promise<void>;

  constructor(redis: Redis, keys: Keys, policy: RetentionPolicy, log: Logger) {
    this.#redis = redis;
    this.#keys = keys;
    this.#policy = policy;
    this.#log = log;
    this.#done = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (await this.#pause(EVERY_MS)) {
      try {
        if (await takeLease(this.#redis, this.#keys.retentionLease, this.#token, LEASE_MS))
          await this.#sweep();
      } catch (error) {
        this.#log.debug({ err: error }, "retention waits for Redis");
      }
    }
    await releaseLease(this.#redis, this.#keys.retentionLease, this.#token).catch(() => {
      // Redis is away: the lease expires by itself.
    });
  }

  async #sweep(): Promise<void> {
    for (;;) {
      const step = await applyRetention(this.#redis, this.#keys, this.#token, this.#policy);
      if (step.kind === "notOurs" || !step.more) return;
      if (!(await this.#pause(BREATH_MS))) return;
      await takeLease(this.#redis, this.#keys.retentionLease, this.#token, LEASE_MS);
    }
  }

  /** False when the job is to stop. */
  async #pause(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {
      // Only a stop ends the pause early.
    });
    return !this.#stop.signal.aborted;
  }
}
