const WINDOW_MS = 10_000;
const SAMPLE_EVERY_MS = 250;

/** How fast a count rises, from its last ten seconds. */
export class Pace {
  #samples: { at: number; count: number }[] = [];

  /** Begins afresh. */
  reset(): void {
    this.#samples = [];
  }

  add(count: number, at: number): void {
    const last = this.#samples.at(-1);
    // A count that fell means that something else is counted now.
    if (last !== undefined && count < last.count) this.reset();
    if (last !== undefined && at - last.at < SAMPLE_EVERY_MS && this.#samples.length > 1) {
      last.count = count;
      return;
    }
    this.#samples.push({ at, count });
    while ((this.#samples[1]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** Per second; null while too little is known. */
  perSecond(now: number): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || now - first.at < 1_000) return null;
    return ((last.count - first.count) * 1_000) / (now - first.at);
  }
}
