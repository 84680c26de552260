import { within } from "@taskpulse/runtime";
import { type Keys, type NewsPosition, waitForNews } from "@taskpulse/store";
import type { Redis } from "ioredis";

/** How much later than asked for Redis may answer that there is nothing new, in ms. */
const GRACE_MS = 600;

/** Waits for news in the task log, on a connection that nothing else uses. */
export class LogWatch implements Disposable {
  readonly #blocking: Redis;
  readonly #keys: Keys;
  #disposed = false;

  constructor(blocking: Redis, keys: Keys) {
    this.#blocking = blocking;
    this.#keys = keys;
  }

  /** True when there is something after the position, false after `forMs`. Rejects when Redis is away. */
  async wait(position: NewsPosition, forMs: number): Promise<boolean> {
    try {
      const news = waitForNews(this.#blocking, this.#keys, position, forMs);
      return await within(forMs + GRACE_MS, news);
    } catch (error) {
      // A connection that was cut without a word never answers again; a new one may.
      if (this.#blocking.status === "ready" && !this.#disposed) this.#blocking.disconnect(true);
      throw error;
    }
  }

  /** Ends a wait that is under way; it rejects. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#blocking.disconnect();
  }
}
