import type { RateSpending } from "@taskpulse/store";

/**
 * Token buckets, one per sender: what may come in a second may also come at once. Each request is
 * decided here, from what this process has let through and what it last heard of all the others;
 * once per tick, and only for senders that sent, it tells the others and hears from them. Several
 * processes may for a tick let through more than there is: the buckets are then in debt, and the
 * rate over a longer time is kept. While the others can't be reached, this process' own counts hold.
 */
const TICK_MS = 100;
const MAX_TELLING = 1_000;
const SWEEP_TICKS = 50;
/** Whoever comes when there are more shares one bucket with all others that do. */
const MAX_SENDERS = 20_000;
const OTHERS = "others";

export interface RateLimiterOptions {
  perSecond: number;
  /** In ms. */
  clockMs: () => number;
  /** Tells all consumers what was spent; how many requests each sender has left. */
  tell: (spendings: readonly RateSpending[]) => Promise<readonly number[]>;
  maxSenders?: number;
  tickMs?: number;
}

export interface RateState {
  allowed: boolean;
  /** Whole requests that may come now. */
  remaining: number;
  /** Until everything may come again that may come at once. */
  resetSeconds: number;
  /** Until one more may come, at least 1. */
  retryAfterSeconds: number;
}

interface Bucket {
  sender: string;
  tokens: number;
  at: number;
  /** Let through since the others were told last. */
  spent: number;
}

export class RateLimiter implements Disposable {
  readonly #options: Required<RateLimiterOptions>;
  readonly #buckets = new Map<string, Bucket>();
  readonly #spenders = new Set<Bucket>();
  #timer: NodeJS.Timeout | null = null;
  #syncing = false;
  #ticks = 0;

  constructor(options: RateLimiterOptions) {
    this.#options = { maxSenders: MAX_SENDERS, tickMs: TICK_MS, ...options };
  }

  /** How many senders are remembered, for the tests. */
  get senders(): number {
    return this.#buckets.size;
  }

  /** Lets one request of the sender through, or not. */
  take(sender: string): RateState {
    const { perSecond, clockMs } = this.#options;
    const bucket = this.#bucketOf(sender);
    this.#refill(bucket, clockMs());
    const allowed = bucket.tokens >= 1;
    if (allowed) {
      bucket.tokens -= 1;
      bucket.spent += 1;
      this.#spenders.add(bucket);
      this.#startTimer();
    }
    return {
      allowed,
      remaining: Math.max(0, Math.floor(bucket.tokens)),
      resetSeconds: Math.ceil((perSecond - bucket.tokens) / perSecond),
      retryAfterSeconds: Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond)),
    };
  }

  /** One tick: tells what was spent here, and learns what was spent elsewhere. Never rejects. */
  async sync(): Promise<void> {
    this.#stopTimer();
    if (this.#syncing) return;
    this.#syncing = true;
    this.#ticks += 1;
    if (this.#ticks % SWEEP_TICKS === 0) this.#sweep();
    const spenders = [...this.#spenders];
    this.#spenders.clear();
    try {
      for (let i = 0; i < spenders.length; i += MAX_TELLING) {
        await this.#tell(spenders.slice(i, i + MAX_TELLING));
      }
    } catch {
      // The others are not told: what this process has counted holds.
    } finally {
      this.#syncing = false;
      if (this.#spenders.size > 0) this.#startTimer();
    }
  }

  [Symbol.dispose](): void {
    this.#stopTimer();
  }

  async #tell(spenders: readonly Bucket[]): Promise<void> {
    const spendings = spenders.map(({ sender, spent }) => ({ sender, count: spent }));
    for (const bucket of spenders) bucket.spent = 0;
    // What comes back while the others are told must not be lost; the next tick sets right what is too much.
    const toldAt = this.#options.clockMs();
    const left = await this.#options.tell(spendings);
    for (const [i, bucket] of spenders.entries()) {
      // What was let through while the others were told is not in their count yet.
      bucket.tokens = (left[i] ?? 0) - bucket.spent;
      bucket.at = toldAt;
    }
  }

  #startTimer(): void {
    this.#timer ??= setTimeout(() => void this.sync(), this.#options.tickMs);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #bucketOf(sender: string): Bucket {
    const known = this.#buckets.get(sender);
    if (known !== undefined) return known;
    const { maxSenders, perSecond, clockMs } = this.#options;
    if (this.#buckets.size >= maxSenders && sender !== OTHERS) return this.#bucketOf(OTHERS);
    const bucket: Bucket = { sender, tokens: perSecond, at: clockMs(), spent: 0 };
    this.#buckets.set(sender, bucket);
    return bucket;
  }

  #refill(bucket: Bucket, now: number): void {
    const { perSecond } = this.#options;
    const gained = (Math.max(0, now - bucket.at) * perSecond) / 1_000;
    bucket.tokens = Math.min(perSecond, bucket.tokens + gained);
    bucket.at = now;
  }

  /** A bucket that is full says no more than none. */
  #sweep(): void {
    const now = this.#options.clockMs();
    for (const bucket of this.#buckets.values()) {
      this.#refill(bucket, now);
      const full = bucket.tokens >= this.#options.perSecond;
      if (full && bucket.spent === 0) this.#buckets.delete(bucket.sender);
    }
  }
}
