import type { Redis } from "ioredis";
import { within } from "../within.ts";
import type { Session } from "./sessions.ts";

const ANSWER_WITHIN_MS = 250;
/** After an answer that did not come, sessions pass unasked for so long: Redis may be frozen. */
const UNASKED_MS = 1_000;

/** Also while the store is full: it is a small key, and goes by itself. KEYS it. ARGV its end. */
const END = `#!lua flags=allow-oom
return redis.call('SET', KEYS[1], 1, 'EXAT', ARGV[1])
`;

/**
 * Sessions that were signed out before their time, kept in Redis for every process until they would
 * have ended anyway, and in memory. While Redis is away, a session that is not known to be signed out
 * passes: the board must still be able to say that the store is away.
 */
export class EndedSessions {
  readonly #redis: Redis;
  readonly #keyPrefix: string;
  /** Ends, in seconds since the epoch, by id. */
  readonly #known = new Map<string, number>();
  readonly #unsaved = new Set<Session>();
  #askAgainAt = 0;

  constructor(redis: Redis, keyPrefix: string) {
    this.#redis = redis;
    this.#keyPrefix = keyPrefix;
  }

  /** Holds in this process at once, and elsewhere as soon as Redis has it; `save` tries again. */
  async add(session: Session): Promise<void> {
    this.#known.set(session.id, session.expiresAt);
    this.#unsaved.add(session);
    await this.save();
  }

  async has({ id, expiresAt }: Session): Promise<boolean> {
    if (this.#known.has(id)) return true;
    if (this.#redis.status !== "ready" || Date.now() < this.#askAgainAt) return false;
    try {
      const found = await within(ANSWER_WITHIN_MS, this.#redis.exists(this.#keyPrefix + id));
      if (found === 1) this.#known.set(id, expiresAt);
      return found === 1;
    } catch {
      this.#askAgainAt = Date.now() + UNASKED_MS;
      return false;
    }
  }

  /** Writes what Redis could not take before, and forgets what has ended by itself. */
  async save(): Promise<void> {
    const now = Date.now() / 1_000;
    for (const [id, expiresAt] of this.#known) if (expiresAt <= now) this.#known.delete(id);
    for (const session of this.#unsaved) {
      const { id, expiresAt } = session;
      const saved =
        expiresAt <= now ||
        (await within(
          ANSWER_WITHIN_MS,
          this.#redis.eval(END, 1, this.#keyPrefix + id, expiresAt),
        ).catch(() => null));
      if (saved === null) return;
      this.#unsaved.delete(session);
    }
  }
}
