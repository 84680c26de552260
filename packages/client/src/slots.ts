/**
 * Lets so many work at once; the others wait in line. A thousand handles that wait for their results
 * would otherwise open a thousand connections.
 */
export class Slots {
  #free: number;
  /** In the order of their coming. */
  readonly #line = new Set<() => void>();

  constructor(size: number) {
    this.#free = size;
  }

  /** @throws the reason of `signal` when it comes before a slot does */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#handedOver(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#line;
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #handedOver(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#line.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        this.#line.delete(enter);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#line.add(enter);
    });
  }
}
