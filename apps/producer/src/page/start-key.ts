import type { BatchRequest } from "@taskpulse/contract";

/** A click so long after one that was not answered is meant as another batch. */
const SAME_WISH_MS = 60_000;

/**
 * The `Idempotency-Key` of what the reader wants to start: the same for every click on the same
 * form until one is answered. A start that was given up may still happen, and must not happen again.
 */
export class StartKey {
  #wish: { request: string; key: string; at: number } | null = null;

  /** @param nowMs the time of the click */
  of(request: BatchRequest, nowMs: number): string {
    const wanted = JSON.stringify(request);
    const before = this.#wish;
    const again = before?.request === wanted && nowMs - before.at < SAME_WISH_MS;
    this.#wish = { request: wanted, key: again ? before.key : newKey(), at: nowMs };
    return this.#wish.key;
  }

  /** @param status of the answer; null when nothing answered, which like 5xx leaves it open */
  answered(status: number | null): void {
    if (status !== null && status < 500) this.#wish = null;
  }
}

/** Not `randomUUID`: browsers have that on secure pages only. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
}
