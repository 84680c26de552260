/** A body of at most this size is small: a task has hardly ever more. */
const SMALL_BODY_BYTES = 65_536;
/** The part of the room that only small bodies may fill. */
const FOR_SMALL_BODIES = 1 / 8;
/** What one sender may hold of what is free. */
const SHARE = 1 / 4;

/**
 * The memory for bodies that have come in part. Nobody has proved yet who they are, so it is shared
 * by where they come from: each may hold a quarter of what is free, so that there is always some for
 * one more, and the more senders fill it the less each of them gets (dynamic thresholds, Choudhury and
 * Hahne 1998). An eighth is kept for small bodies.
 */
export class BodyRoom {
  readonly #maxBytes: number;
  readonly #bySender = new Map<string, number>();
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Takes room for a piece of a body that is `bodyBytes` large so far. It is to be given back even
   * when the answer is false: then there is too little, and the body must go.
   */
  take(sender: string, bytes: number, bodyBytes: number): boolean {
    const ofSender = (this.#bySender.get(sender) ?? 0) + bytes;
    this.#bySender.set(sender, ofSender);
    this.#heldBytes += bytes;
    const isSmall = bodyBytes <= SMALL_BODY_BYTES;
    const room = isSmall ? this.#maxBytes : this.#maxBytes * (1 - FOR_SMALL_BODIES);
    return ofSender <= (room - this.#heldBytes) * SHARE;
  }

  giveBack(sender: string, bytes: number): void {
    this.#heldBytes -= bytes;
    const left = (this.#bySender.get(sender) ?? 0) - bytes;
    if (left > 0) this.#bySender.set(sender, left);
    else this.#bySender.delete(sender);
  }
}
