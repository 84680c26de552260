import type { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import { within } from "../within.ts";
import { clientNetwork } from "./client-network.ts";

const MOST = 10;
const WINDOW_S = 15 * 60;
const ANSWER_WITHIN_MS = 250;
/** How long the word of Redis about a client is good for. */
const KNOWN_FOR_MS = 2_000;
const MOST_CLIENTS = 10_000;

interface Seen {
  count: number;
  /** When the window ends. */
  until: number;
  askedAt: number;
}

/**
 * Counts wrong tokens per client over all processes in Redis, and in this one's memory, which is
 * what is left while Redis is away. Memory also counts at once: of many guesses that arrive
 * together, the eleventh is refused without waiting for Redis to have heard of the first.
 */
export class WrongTokens {
  readonly #shared: RateLimiterRedis;
  readonly #seen = new Map<string, Seen>();

  constructor(redis: Redis, keyPrefix: string) {
    this.#shared = new RateLimiterRedis({
      ...{ storeClient: redis, keyPrefix, points: MOST, duration: WINDOW_S },
      rejectIfRedisNotReady: true,
    });
  }

  /** Learns what other processes have seen; never takes long, never fails. */
  async ask(address: string): Promise<void> {
    const client = clientNetwork(address);
    const seen = this.#entry(client);
    const now = Date.now();
    if (seen.count >= MOST || now - seen.askedAt < KNOWN_FOR_MS) return;
    seen.askedAt = now;
    await this.#learn(client, this.#shared.get(client));
  }

  /** How long this client may not try again, in whole seconds; 0 when it may. */
  waitSeconds(address: string): number {
    const { count, until } = this.#entry(clientNetwork(address));
    return count >= MOST ? Math.max(1, Math.ceil((until - Date.now()) / 1_000)) : 0;
  }

  async add(address: string): Promise<void> {
    const client = clientNetwork(address);
    this.#entry(client).count += 1;
    await this.#learn(client, this.#shared.penalty(client));
  }

  async #learn(
    client: string,
    answer: Promise<{ consumedPoints: number; msBeforeNext: number } | null>,
  ): Promise<void> {
    // Redis that is away, full or frozen: memory counts on.
    const shared = await within(ANSWER_WITHIN_MS, answer).catch(() => null);
    if (shared === null) return;
    const seen = this.#entry(client);
    seen.count = Math.max(seen.count, shared.consumedPoints);
    seen.until = Date.now() + shared.msBeforeNext;
  }

  #entry(client: string): Seen {
    const now = Date.now();
    const known = this.#seen.get(client);
    if (known !== undefined && known.until > now) return known;
    const fresh = { count: 0, until: now + WINDOW_S * 1_000, askedAt: 0 };
    this.#seen.delete(client);
    this.#seen.set(client, fresh);
    if (this.#seen.size > MOST_CLIENTS) this.#forgetOldest();
    return fresh;
  }

  #forgetOldest(): void {
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}
