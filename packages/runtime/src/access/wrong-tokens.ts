import type { Redis } from "ioredis";
import { within } from "../within.ts";
import { clientNetwork } from "./client-network.ts";

const MOST = 10;
const WINDOW_MS = 15 * 60_000;
const ANSWER_WITHIN_MS = 250;
/** How long the word of Redis about a client is good for. */
const KNOWN_FOR_MS = 2_000;
const MOST_CLIENTS = 10_000;

/**
 * Counts in a window that begins with the first. `allow-oom`: a full store must not lift the limit.
 *
 * KEYS the counter. ARGV how many more, the window in ms. Reply: count, ms left of the window.
 */
const COUNT = `#!lua flags=allow-oom
local more = tonumber(ARGV[1])
if more > 0 and redis.call('INCRBY', KEYS[1], more) == more then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return {tonumber(redis.call('GET', KEYS[1]) or 0), redis.call('PTTL', KEYS[1])}
`;

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
  readonly #redis: Redis;
  readonly #keyPrefix: string;
  readonly #seen = new Map<string, Seen>();

  constructor(redis: Redis, keyPrefix: string) {
    this.#redis = redis;
    this.#keyPrefix = keyPrefix;
  }

  /** Learns what other processes have seen; never takes long, never fails. */
  async ask(address: string): Promise<void> {
    const client = clientNetwork(address);
    const seen = this.#entry(client);
    const now = Date.now();
    if (seen.count >= MOST || now - seen.askedAt < KNOWN_FOR_MS) return;
    seen.askedAt = now;
    await this.#share(client, 0);
  }

  /** How long this client may not try again, in whole seconds; 0 when it may. */
  waitSeconds(address: string): number {
    const { count, until } = this.#entry(clientNetwork(address));
    return count >= MOST ? Math.max(1, Math.ceil((until - Date.now()) / 1_000)) : 0;
  }

  /** @returns whether this one has locked the client out; of those that arrive together, one has */
  async add(address: string): Promise<boolean> {
    const client = clientNetwork(address);
    const seen = this.#entry(client);
    seen.count += 1;
    const countHere = seen.count;
    const countOfAll = await this.#share(client, 1);
    return Math.max(countHere, countOfAll) === MOST;
  }

  /** @returns the count of all processes; 0 when Redis can't tell */
  async #share(client: string, more: 0 | 1): Promise<number> {
    if (this.#redis.status !== "ready") return 0;
    const counted = this.#redis.eval(COUNT, 1, `${this.#keyPrefix}:${client}`, more, WINDOW_MS);
    // Redis that is away or frozen: memory counts on.
    const answer = await within(ANSWER_WITHIN_MS, counted).catch(() => null);
    if (answer === null) return 0;
    const [count, msLeft] = answer as [number, number];
    if (count === 0) return 0;
    const seen = this.#entry(client);
    seen.count = Math.max(seen.count, count);
    seen.until = Date.now() + msLeft;
    return count;
  }

  #entry(client: string): Seen {
    const now = Date.now();
    const known = this.#seen.get(client);
    if (known !== undefined && known.until > now) return known;
    const fresh = { count: 0, until: now + WINDOW_MS, askedAt: 0 };
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
