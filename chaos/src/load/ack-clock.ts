import { EventEmitter, once } from "node:events";
import type { Side } from "./ledger.ts";

/** When acknowledgements arrived. Times are milliseconds since the run began. */
export class AckClock {
  readonly #events = new EventEmitter<{ ack: [by: Side, at: number] }>().setMaxListeners(0);
  readonly #beganAt = performance.now();
  readonly #last = new Map<Side, number>();
  #count = 0;

  now(): number {
    return performance.now() - this.#beganAt;
  }

  /** Answers, not tasks. */
  get count(): number {
    return this.#count;
  }

  tick(by: Side): number {
    const at = this.now();
    this.#count += 1;
    this.#last.set(by, at);
    this.#events.emit("ack", by, at);
    return at;
  }

  /** When the newest came, from `by` or from anybody; never: minus infinity. */
  last(by?: Side): number {
    if (by !== undefined) return this.#last.get(by) ?? Number.NEGATIVE_INFINITY;
    return Math.max(Number.NEGATIVE_INFINITY, ...this.#last.values());
  }

  /** Resolves at the next one, with its time; null when none comes within `limitMs`. */
  async next(limitMs: number, by?: Side): Promise<number | null> {
    const signal = AbortSignal.timeout(Math.ceil(limitMs));
    try {
      for (;;) {
        const [from, at] = await once(this.#events, "ack", { signal });
        if (by === undefined || by === from) return at;
      }
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }
}
