/**
 * Who may run next. A worker has a fixed number of slots; what waits for one is ordered by priority and,
 * within one, by arrival. While several priorities wait, slots go to them in proportion to their weight
 * (smooth weighted round robin), so that the most urgent are mostly first and none ever starves. A tenth
 * of the slots is kept for Critical, so that it need not wait for what is under way.
 */
const WEIGHTS = [1, 2, 4, 8] as const;
const CRITICAL = 3;
const RESERVED_SHARE = 0.1;

interface Waiter {
  grant: (release: () => void) => void;
  refuse: (error: SlotsClosed) => void;
}

/** Thrown at those that wait for a slot when none will come any more. */
export class SlotsClosed extends Error {
  override readonly name = "SlotsClosed";
}

export class Slots {
  readonly #capacity: number;
  readonly #reserved: number;
  readonly #waiting: Waiter[][] = WEIGHTS.map(() => []);
  readonly #credits: number[] = WEIGHTS.map(() => 0);
  #used = 0;
  #usedByOthers = 0;
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#reserved = capacity === 1 ? 0 : Math.max(1, Math.floor(capacity * RESERVED_SHARE));
  }

  get used(): number {
    return this.#used;
  }

  /**
   * Resolves with what gives the slot back, which counts once.
   *
   * @param digit the priority, 0 to 3
   * @throws SlotsClosed
   */
  acquire(digit: number): Promise<() => void> {
    return new Promise((grant, refuse) => {
      if (this.#closed) return refuse(new SlotsClosed());
      this.#waiting[digit]?.push({ grant, refuse });
      this.#hand();
    });
  }

  /** What waits is refused; slots that are taken stay so until they are given back. */
  close(): void {
    this.#closed = true;
    for (const queue of this.#waiting) {
      for (const { refuse } of queue.splice(0)) refuse(new SlotsClosed());
    }
  }

  #hand(): void {
    for (let digit = this.#next(); digit !== null; digit = this.#next()) {
      const waiter = this.#waiting[digit]?.shift();
      if (waiter === undefined) return;
      waiter.grant(this.#take(digit));
    }
  }

  #take(digit: number): () => void {
    const others = digit === CRITICAL ? 0 : 1;
    this.#used += 1;
    this.#usedByOthers += others;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#used -= 1;
      this.#usedByOthers -= others;
      this.#hand();
    };
  }

  #next(): number | null {
    if (this.#used >= this.#capacity) return null;
    const othersMay = this.#usedByOthers < this.#capacity - this.#reserved;
    let best: number | null = null;
    let sum = 0;
    for (const [digit, weight] of WEIGHTS.entries()) {
      if (this.#waiting[digit]?.length === 0 || (digit !== CRITICAL && !othersMay)) continue;
      const credit = (this.#credits[digit] ?? 0) + weight;
      this.#credits[digit] = credit;
      sum += weight;
      if (best === null || credit >= (this.#credits[best] ?? 0)) best = digit;
    }
    if (best !== null) this.#credits[best] = (this.#credits[best] ?? 0) - sum;
    return best;
  }
}
