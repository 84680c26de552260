/** An idempotency key. `crypto.randomUUID` is missing where a page came over plain HTTP. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
}

/**
 * The key of what the reader wishes for: the same for every press with the same form until one is
 * answered. What was given up may still happen, and must not happen twice.
 */
export class WishKey {
  #wish: { body: string; key: string } | null = null;

  of(body: unknown): string {
    const wanted = JSON.stringify(body);
    if (this.#wish?.body !== wanted) this.#wish = { body: wanted, key: newKey() };
    return this.#wish.key;
  }

  /** @param status null when nothing answered, which like 5xx leaves it open */
  answered(status: number | null): void {
    if (status !== null && status < 500) this.#wish = null;
  }
}
