/** What to do after a crash: start again after a pause, or give everything up. */
export type AfterCrash = { kind: "restart"; delayMs: number } | { kind: "give-up" };

const WINDOW_MS = 60_000;
const CRASHES_TO_GIVE_UP = 5;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/**
 * Counts the crashes of all parts together: five within a minute mean that starting again does not
 * help, whichever part they hit. The pause before a restart doubles with each crash of that part.
 */
export class RestartPolicy {
  readonly #now: () => number;
  #crashes: Array<{ part: string; at: number }> = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  crashed(part: string): AfterCrash {
    const now = this.#now();
    this.#crashes = this.#crashes.filter(({ at }) => now - at < WINDOW_MS);
    this.#crashes.push({ part, at: now });
    if (this.#crashes.length >= CRASHES_TO_GIVE_UP) return { kind: "give-up" };
    const earlier = this.#crashes.filter((crash) => crash.part === part).length - 1;
    return { kind: "restart", delayMs: Math.min(FIRST_DELAY_MS * 2 ** earlier, MAX_DELAY_MS) };
  }
}
