import { EventEmitter } from "node:events";
import type { Side } from "./ledger.ts";

/** When acknowledgements arrived. Times are milliseconds since the run began. */
export class AckClock {
  readonly #events = new EventEmitter<{ ack: [by: Side, at: number] }>().setMaxListeners(0);
  readonly #beganAt = performance.now();

  now(): number {
    return performance.now() - this.#beganAt;
  }

  /** One has just arrived. @returns when */
  tick(by: Side): number {
    const at = this.now();
    this.#events.emit("ack", by, at);
    return at;
  }

  /** Resolves at the next one of `by`, or of anybody, with its time; null when none comes within `limitMs`. */
  next(limitMs: number, by?: Side): Promise<number | null> {
    return new Promise((resolve) => {
      const end = (at: number | null) => {
        clearTimeout(timer);
        this.#events.off("ack", listener);
        resolve(at);
      };
      const listener = (from: Side, at: number) => {
        if (by === undefined || by === from) end(at);
      };
      const timer = setTimeout(end, limitMs, null);
      this.#events.on("ack", listener);
    });
  }
}
