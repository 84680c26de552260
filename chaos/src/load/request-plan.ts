import type { Chance } from "../chance.ts";
import type { Side } from "./ledger.ts";

/** What one request carries: numbers of tasks, one of them perhaps twice. */
export interface RequestPlan {
  readonly numbers: readonly [number, ...number[]];
  /** To whom; both at the same moment, now and then. */
  readonly to: readonly [Side, ...Side[]];
  /** With other fields than the first time: a conflict that must change nothing. */
  readonly altered: boolean;
}

/** How far back a repeat usually reaches. */
const RECENT = 300;
const LONGEST_ARRAY = 40;

/**
 * Draws requests: single tasks and arrays, new ones and repeats, arrays that overlap with each
 * other, the same request to both consumers at once.
 */
export class RequestPlanner {
  readonly #chance: Chance;
  /** So many numbers have been given out. */
  #given = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** @param wasAcknowledged whether other fields would be a conflict for certain */
  draw(wasAcknowledged: (n: number) => boolean): RequestPlan {
    const chance = this.#chance;
    const to: RequestPlan["to"] = chance.happens(0.15)
      ? ["A", "B"]
      : [chance.pick<Side>(["A", "B"])];
    if (this.#given < RECENT || chance.happens(0.5)) {
      return { numbers: [this.#fresh()], to, altered: false };
    }
    if (chance.happens(0.4)) {
      const old = chance.happens(0.2) ? chance.below(this.#given) : this.#recent();
      return { numbers: [old], to, altered: chance.happens(0.1) && wasAcknowledged(old) };
    }
    const length = 2 + chance.below(LONGEST_ARRAY - 1);
    const rest = Array.from({ length }, () =>
      chance.happens(0.6) ? this.#fresh() : this.#recent(),
    );
    return { numbers: [this.#fresh(), ...rest], to, altered: false };
  }

  #fresh(): number {
    this.#given += 1;
    return this.#given - 1;
  }

  #recent(): number {
    return this.#given - 1 - this.#chance.below(Math.min(RECENT, this.#given));
  }
}
