import { generateMersenne53Randomizer } from "@faker-js/faker";

/** Everything random of a run comes from here, so that its seed brings the same decisions back. */
export class Chance {
  readonly #draw: () => number;

  constructor(seed: number) {
    const randomizer = generateMersenne53Randomizer(seed);
    this.#draw = () => randomizer.next();
  }

  /** At least `from`, below `to`. */
  between(from: number, to: number): number {
    return from + this.#draw() * (to - from);
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.#draw() * count);
  }

  happens(share: number): boolean {
    return this.#draw() < share;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((value) => ({ value, rank: this.#draw() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ value }) => value);
  }
}
