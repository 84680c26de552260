import { base, en, Faker, generateMersenne53Randomizer } from "@faker-js/faker";
import { PRIORITIES, type Priority, type PriorityMix } from "@taskpulse/contract";

/** How often a taken name is drawn again before it is told apart by a middle initial. */
const DRAWS = 5;
const INITIALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** How many names are made between two looks at the clock; one takes about 5 µs. */
const STRIDE = 64;

/**
 * The tasks of one batch, made from its seed in order of their ids. Task n depends on the seed and
 * the mix alone, not on how many there are, how many are sent at once or where a restart goes on:
 * owners and priorities come from two generators, and each priority takes exactly one draw.
 */
export class TaskGenerator {
  readonly #faker: Faker;
  readonly #drawPriority: () => Priority;
  readonly #owners: string[] = [];
  readonly #taken = new Set<string>();
  readonly #priorities: Priority[] = [];

  constructor({ seed, mix }: { seed: number; mix: PriorityMix | null }) {
    this.#faker = new Faker({ locale: [en, base], seed });
    this.#drawPriority = priorityDrawer(seed, mix);
  }

  /** How many tasks have been made. */
  get size(): number {
    return this.#owners.length;
  }

  /**
   * Makes tasks up to and including `index`, for at most about `budgetMs`; true when it is there.
   * Call again, after others had their turn, when not.
   */
  makeUpTo(index: number, budgetMs: number): boolean {
    const deadline = performance.now() + budgetMs;
    while (this.size <= index) {
      for (let made = 0; made < STRIDE && this.size <= index; made += 1) this.#makeOne();
      if (performance.now() >= deadline) break;
    }
    return this.size > index;
  }

  /** @throws RangeError when `index` has not been made. */
  at(index: number): { owner: string; priority: Priority } {
    const owner = this.#owners[index];
    const priority = this.#priorities[index];
    if (owner === undefined || priority === undefined) {
      throw new RangeError(`task ${index} has not been made yet`);
    }
    return { owner, priority };
  }

  #makeOne(): void {
    const owner = this.#unusedName();
    this.#taken.add(owner);
    this.#owners.push(owner);
    this.#priorities.push(this.#drawPriority());
  }

  /** Full names run out sooner or later, so this ends by counting. */
  #unusedName(): string {
    const { person } = this.#faker;
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const name = `${person.firstName()} ${person.lastName()}`;
      if (!this.#taken.has(name)) return name;
    }
    const first = person.firstName();
    const last = person.lastName();
    for (const initial of INITIALS) {
      const name = `${first} ${initial}. ${last}`;
      if (!this.#taken.has(name)) return name;
    }
    for (let number = 2; ; number += 1) {
      const name = `${first} ${last} ${number}`;
      if (!this.#taken.has(name)) return name;
    }
  }
}

function priorityDrawer(seed: number, mix: PriorityMix | null): () => Priority {
  const randomizer = generateMersenne53Randomizer(seed);
  const weights = PRIORITIES.map((priority) => (mix === null ? 1 : (mix[priority] ?? 0)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const possible = PRIORITIES.filter((_, position) => (weights[position] ?? 0) > 0);
  const fallback = possible.at(-1) ?? "Low";
  return () => {
    let left = randomizer.next() * sum;
    for (const [position, priority] of PRIORITIES.entries()) {
      left -= weights[position] ?? 0;
      if (left < 0) return priority;
    }
    // Rounding can leave a trace above the last weight.
    return fallback;
  };
}
