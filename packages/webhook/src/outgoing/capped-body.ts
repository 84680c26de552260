const NOTHING = Buffer.alloc(0);

/** The beginning of a body that comes in pieces, at most `limit` bytes, however small the pieces are. */
export class CappedBody {
  readonly #limit: number;
  #buffer: Buffer = NOTHING;
  #length = 0;
  #received = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many bytes came, kept or not. */
  get received(): number {
    return this.#received;
  }

  /** @returns whether everything so far is within the limit */
  add(chunk: Buffer): boolean {
    this.#received += chunk.length;
    const room = this.#limit - this.#length;
    if (room > 0) this.#keep(chunk.length <= room ? chunk : chunk.subarray(0, room));
    return this.#received <= this.#limit;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #keep(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    // Most bodies are one piece, which needs no copy.
    if (this.#length === 0) {
      this.#buffer = chunk;
    } else {
      if (length > this.#buffer.length) this.#grow(length);
      chunk.copy(this.#buffer, this.#length);
    }
    this.#length = length;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.min(2 * length, this.#limit));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
