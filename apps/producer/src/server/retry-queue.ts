/** One task that waits for its next try. */
export interface WaitingRetry {
  taskIndex: number;
  /** Tries that failed so far. */
  tries: number;
  /** On the monotonic clock, in ms. */
  dueAt: number;
}

/** A binary heap by due time: the next one is had in O(1), adding and taking cost O(log n). */
export class RetryQueue {
  readonly #heap: WaitingRetry[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the earliest is due; null when none waits. */
  get nextDueAt(): number | null {
    return this.#heap[0]?.dueAt ?? null;
  }

  push(retry: WaitingRetry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(retry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.dueAt <= retry.dueAt) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = retry;
  }

  /** Takes the earliest if it is due. */
  takeDue(now: number): WaitingRetry | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.dueAt > now) return null;
    const last = heap.pop();
    if (last !== undefined && last !== first) this.#sinkFromTop(last);
    return first;
  }

  #sinkFromTop(retry: WaitingRetry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const goRight = left !== undefined && right !== undefined && right.dueAt < left.dueAt;
      const child = goRight ? right : left;
      if (child === undefined || child.dueAt >= retry.dueAt) break;
      heap[at] = child;
      at = 2 * at + (goRight ? 2 : 1);
    }
    heap[at] = retry;
  }
}
