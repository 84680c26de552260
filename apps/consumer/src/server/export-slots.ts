/**
 * How many exports may be under way. A place is taken until its export ends, and at the latest until
 * no export may read any more: a client that stops reading keeps no place.
 */
export class ExportSlots {
  readonly #most: number;
  readonly #nowMs: () => number;
  /** The deadline of each that is under way. */
  readonly #taken = new Set<{ deadlineMs: number }>();

  constructor(most: number, nowMs: () => number) {
    this.#most = most;
    this.#nowMs = nowMs;
  }

  /** @returns to be called when the export has ended; null when all places are taken */
  take(deadlineMs: number): (() => void) | null {
    const now = this.#nowMs();
    for (const slot of this.#taken) if (slot.deadlineMs <= now) this.#taken.delete(slot);
    if (this.#taken.size >= this.#most) return null;
    const slot = { deadlineMs };
    this.#taken.add(slot);
    return () => this.#taken.delete(slot);
  }
}
