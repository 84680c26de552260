const SECONDS = 60;
/** The shown rate is the mean over this many seconds: steady enough to read, quick enough to trust. */
const MEAN_SECONDS = 5;

/** How many tasks arrived in each of the last 60 seconds. Memory and cost do not grow. */
export class RateWindow {
  #buckets = new Float64Array(SECONDS);
  #second: number;
  #start: number;

  constructor(nowMs: number) {
    this.#second = Math.floor(nowMs / 1_000);
    this.#start = nowMs;
  }

  add(count: number, nowMs: number): void {
    this.#advance(nowMs);
    const at = this.#second % SECONDS;
    this.#buckets[at] = (this.#buckets[at] ?? 0) + count;
  }

  /** Tasks per second, over the last 5 seconds or as long as this window has existed. */
  perSecond(nowMs: number): number {
    this.#advance(nowMs);
    let sum = 0;
    // The second under way counts by the part of it that has passed.
    for (let back = 0; back < MEAN_SECONDS; back++) sum += this.#at(this.#second - back);
    const intoSecond = (nowMs - this.#second * 1_000) / 1_000;
    const span = Math.min(MEAN_SECONDS - 1 + intoSecond, (nowMs - this.#start) / 1_000);
    return sum / Math.max(1, span);
  }

  /** The last 60 whole seconds, oldest first. */
  history(nowMs: number): number[] {
    this.#advance(nowMs);
    return Array.from({ length: SECONDS - 1 }, (_, i) => this.#at(this.#second - SECONDS + 1 + i));
  }

  #at(second: number): number {
    return this.#buckets[second % SECONDS] ?? 0;
  }

  /** Empties the seconds that have passed since the last call. A clock set back changes nothing. */
  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (second - this.#second >= SECONDS) this.#buckets.fill(0);
    else for (let s = this.#second + 1; s <= second; s++) this.#buckets[s % SECONDS] = 0;
    this.#second = Math.max(this.#second, second);
  }
}
