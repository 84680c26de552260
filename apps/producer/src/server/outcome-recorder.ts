import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@taskpulse/runtime";
import type { Recorded, SendOutcome } from "@taskpulse/store";

/** How many outcomes one script call records. */
const MAX_GROUP = 512;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 500;

export interface OutcomeRecorderOptions {
  record: (outcomes: readonly SendOutcome[]) => Promise<Recorded>;
  /** Called after each group that is stored, with what came back. */
  onRecorded: (outcomes: readonly SendOutcome[], reply: Recorded) => void;
  log: Logger;
}

/**
 * Group commit: outcomes of one turn of the event loop, and those that gather while a call is under
 * way, are recorded by one call; there is never more than one call under way. While the store is
 * away it keeps trying; the caller sees in `waiting` that it has to stop making more.
 */
export class OutcomeRecorder {
  readonly #options: OutcomeRecorderOptions;
  #waiting: SendOutcome[] = [];
  #work: Promise<void> | null = null;
  #dropped = false;

  constructor(options: OutcomeRecorderOptions) {
    this.#options = options;
  }

  /** How many outcomes are not stored yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(outcome: SendOutcome): void {
    if (this.#dropped) return;
    this.#waiting.push(outcome);
    this.#work ??= this.#drain();
  }

  /** Resolves once nothing waits, or after `limitMs`; true when everything is stored. */
  async settled(limitMs: number): Promise<boolean> {
    const giveUp = new AbortController();
    await Promise.race([
      this.#work ?? Promise.resolve(),
      sleep(limitMs, undefined, { signal: giveUp.signal }).catch(() => {}),
    ]);
    giveUp.abort();
    return this.#waiting.length === 0;
  }

  /** Forgets what is not stored, and everything that comes later. */
  drop(): void {
    this.#dropped = true;
    this.#waiting = [];
  }

  async #drain(): Promise<void> {
    await setImmediate();
    let pauseMs = FIRST_PAUSE_MS;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, MAX_GROUP);
      try {
        const reply = await this.#options.record(group);
        if (this.#dropped) break;
        this.#waiting.splice(0, group.length);
        pauseMs = FIRST_PAUSE_MS;
        this.#options.onRecorded(group, reply);
      } catch (error) {
        if (pauseMs === FIRST_PAUSE_MS) {
          this.#options.log.warn({ err: error }, "outcomes can't be stored now; will try again");
        }
        await sleep(pauseMs);
        pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
      }
    }
    this.#work = null;
  }
}
