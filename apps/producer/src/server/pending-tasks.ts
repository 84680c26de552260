/**
 * Which tasks of a batch have still to be sent for the first time: not settled, and not busy, that
 * is in flight, waiting for a retry, or with an outcome that is not recorded yet.
 */
export class PendingTasks {
  readonly #total: number;
  readonly #busy = new Set<number>();
  #settled: Uint8Array;
  #cursor = 0;

  /** @param settled one bit per task id, the highest bit of the first byte is task 0; may be short */
  constructor(total: number, settled: Uint8Array) {
    this.#total = total;
    this.#settled = copyOf(settled, total);
  }

  /** The lowest one that is neither settled nor busy; null when there is none. */
  peek(): number | null {
    while (this.#cursor < this.#total) {
      if (!this.isSettled(this.#cursor) && !this.#busy.has(this.#cursor)) return this.#cursor;
      this.#cursor += 1;
    }
    return null;
  }

  isSettled(index: number): boolean {
    return ((this.#settled[index >> 3] ?? 0) & (128 >> (index & 7))) !== 0;
  }

  markBusy(index: number): void {
    this.#busy.add(index);
  }

  markSettled(index: number): void {
    this.#busy.delete(index);
    this.#settled[index >> 3] = (this.#settled[index >> 3] ?? 0) | (128 >> (index & 7));
  }

  /** Takes what the store says instead, and begins from the start; what is busy stays so. */
  reset(settled: Uint8Array): void {
    this.#settled = copyOf(settled, this.#total);
    this.#cursor = 0;
  }
}

function copyOf(settled: Uint8Array, total: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(total / 8));
  bits.set(settled.subarray(0, bits.length));
  return bits;
}
