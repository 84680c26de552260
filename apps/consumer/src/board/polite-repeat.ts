/** The clock, as its owner provides it. */
export interface Clock {
  now(): number;
  /** Runs `then` after `ms`; the returned function cancels. */
  after(ms: number, then: () => void): () => void;
}

export const browserClock: Clock = {
  now: Date.now,
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** `more`: there is more to be done. `failed`: it is tried again, a good while later. */
export type WorkOutcome = "done" | "more" | "failed";

const FAILED_FACTOR = 5;

export interface Manners {
  /** After the first wish: others may follow at once. */
  quietMs: number;
  /** From the end of one to the beginning of the next, at the least. */
  spacingMs: number;
  /** What takes long costs much: the next waits so many times as long. */
  restFactor: number;
}

/**
 * Does something whenever it is wished for, but one at a time and never in quick succession.
 * States: idle, due (waits for its turn), busy. idle → due by a wish; due → busy when its time has
 * come; busy → idle, or → due when it was wished for meanwhile or something is left to do.
 */
export class PoliteRepeat {
  #phase: "idle" | "due" | "busy" = "idle";
  #again = false;
  #notBefore = 0;
  #cancel: (() => void) | null = null;
  #work: (signal: AbortSignal) => Promise<WorkOutcome>;
  #clock: Clock;
  #manners: Manners;
  #ends = new AbortController();

  /** @param work never rejects */
  constructor(work: (signal: AbortSignal) => Promise<WorkOutcome>, clock: Clock, manners: Manners) {
    this.#work = work;
    this.#clock = clock;
    this.#manners = manners;
  }

  wish(): void {
    if (this.#phase === "busy") this.#again = true;
    if (this.#phase !== "idle") return;
    this.#phase = "due";
    const wait = Math.max(this.#manners.quietMs, this.#notBefore - this.#clock.now());
    this.#cancel = this.#clock.after(wait, () => void this.#run());
  }

  /** Without waiting, unless one is under way: somebody waits for it. */
  now(): void {
    if (this.#phase === "busy") {
      this.#again = true;
      return;
    }
    this.#cancel?.();
    void this.#run();
  }

  /** Gives up what is due or under way; a later wish begins anew. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#ends.abort();
    this.#ends = new AbortController();
    this.#phase = "idle";
    this.#again = false;
  }

  async #run(): Promise<void> {
    this.#phase = "busy";
    this.#cancel = null;
    this.#again = false;
    const began = this.#clock.now();
    const { signal } = this.#ends;
    const outcome = await this.#work(signal);
    if (signal.aborted) return;
    const took = this.#clock.now() - began;
    const { spacingMs, restFactor } = this.#manners;
    const rest = Math.max(spacingMs, restFactor * took);
    this.#notBefore = this.#clock.now() + (outcome === "failed" ? FAILED_FACTOR * rest : rest);
    this.#phase = "idle";
    if (this.#again || outcome !== "done") this.wish();
  }
}
