/** The launcher gives everything up at the fifth crash within a minute: that is not to be tested here. */
const WINDOW_MS = 62_000;
const MOST = 3;

/** How many more parts of the launcher may be made to crash. */
export class CrashBudget {
  readonly #now: () => number;
  #at: number[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get allows(): boolean {
    const now = this.#now();
    this.#at = this.#at.filter((at) => now - at < WINDOW_MS);
    return this.#at.length < MOST;
  }

  spend(): void {
    this.#at.push(this.#now());
  }

  /** A launcher that was started again counts from the beginning. */
  forget(): void {
    this.#at = [];
  }
}
