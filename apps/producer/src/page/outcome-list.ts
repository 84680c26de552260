import type { AttemptOutcome, TaskOutcome } from "@taskpulse/contract";

/** One task's newest outcome. `retryInMs` is there when it will be sent again. */
export type Outcome = TaskOutcome & Partial<Pick<AttemptOutcome, "retryInMs">>;

export interface OutcomeListView {
  /** In the order in which the tasks first appeared. */
  outcomes: readonly Outcome[];
  /** How many have appeared since the list began; never falls. */
  arrived: number;
  /** How many of those are not held any more. */
  dropped: number;
}

const MOST_OUTCOMES = 2_000;

/**
 * One line per task: a later outcome of the same task takes the earlier one's place. Holds the
 * newest lines only, so that memory does not grow with the batch.
 */
export class OutcomeList {
  readonly #most: number;
  readonly #byIndex = new Map<number, Outcome>();
  #arrived = 0;
  #dropped = 0;
  #view: OutcomeListView | null = null;

  constructor(most: number = MOST_OUTCOMES) {
    this.#most = most;
  }

  add(outcome: Outcome): void {
    this.#view = null;
    if (!this.#byIndex.has(outcome.index)) this.#arrived += 1;
    this.#byIndex.set(outcome.index, outcome);
    if (this.#byIndex.size <= this.#most) return;
    const [oldest] = this.#byIndex.keys();
    if (oldest === undefined) return;
    this.#byIndex.delete(oldest);
    this.#dropped += 1;
  }

  clear(): void {
    this.#byIndex.clear();
    this.#arrived = 0;
    this.#dropped = 0;
    this.#view = null;
  }

  /** The same object until something is added. */
  get view(): OutcomeListView {
    this.#view ??= {
      outcomes: [...this.#byIndex.values()],
      arrived: this.#arrived,
      dropped: this.#dropped,
    };
    return this.#view;
  }
}
