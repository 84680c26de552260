import {
  type FinishedTry,
  type FinishOutcome,
  finishDeliveries,
  type Keys,
} from "@taskpulse/store";
import type { Redis } from "ioredis";
import { insist } from "../run/insist.ts";

/** How many tries one call records. */
const MOST_AT_ONCE = 50;

interface Waiting {
  finished: FinishedTry;
  resolve: (outcome: FinishOutcome) => void;
  reject: (reason: unknown) => void;
}

/**
 * Records how tries ended, all that gather while a call is under way by one call, and however long
 * Redis is away: a delivery that was sent must not be sent again for that.
 */
export class TryRecorder {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #stop: AbortSignal;
  #waiting: Waiting[] = [];
  #busy = false;

  /** @param stop ends the waiting for Redis; claims that were not recorded go to another worker */
  constructor(redis: Redis, keys: Keys, stop: AbortSignal) {
    this.#redis = redis;
    this.#keys = keys;
    this.#stop = stop;
  }

  /** Rejects when it was stopped meanwhile, or Redis refuses for good. */
  record(finished: FinishedTry): Promise<FinishOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ finished, resolve, reject });
      if (!this.#busy) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, MOST_AT_ONCE);
      this.#waiting = this.#waiting.slice(MOST_AT_ONCE);
      try {
        const tries = group.map(({ finished }) => finished);
        const outcomes = await insist(
          () => finishDeliveries(this.#redis, this.#keys, tries),
          this.#stop,
        );
        group.forEach(({ resolve }, i) => {
          resolve(outcomes[i] ?? { kind: "lost" });
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#busy = false;
  }
}
