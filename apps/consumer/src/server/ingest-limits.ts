import { createHmac } from "node:crypto";
import { clientNetwork, within } from "@taskpulse/runtime";
import { type Keys, spendRates } from "@taskpulse/store";
import type { WebhookSecret } from "@taskpulse/webhook";
import type { FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { RateLimiter, type RateState } from "./rate-limiter.ts";

const TELL_LIMIT_MS = 1_000;

export interface IngestLimitsOptions {
  redis: Redis;
  keys: Keys;
  perSecond: number;
  /** A clock that all consumers share; default: each its own, and Redis' for what they share. */
  nowMs?: (() => number) | undefined;
}

/** `INGEST_RATE_LIMIT`, per sender address and per key that signs. */
export class IngestLimits implements Disposable {
  readonly #limiter: RateLimiter;
  readonly #perSecond: number;

  constructor({ redis, keys, perSecond, nowMs }: IngestLimitsOptions) {
    this.#perSecond = perSecond;
    const policy = { perSecond, burst: perSecond };
    this.#limiter = new RateLimiter({
      perSecond,
      clockMs: nowMs ?? (() => performance.now()),
      tell: (spendings) =>
        within(TELL_LIMIT_MS, spendRates(redis, keys, policy, spendings, nowMs?.())),
    });
  }

  /** @param address undefined when its connection has ended meanwhile */
  takeAddress(address: string | undefined): RateState {
    if (address === undefined) return this.#limiter.take("a:");
    // Most are IPv4, and need no parsing.
    const network = address.includes(":") ? clientNetwork(address) : address;
    return this.#limiter.take(`a:${network}`);
  }

  takeKey(signer: WebhookSecret): RateState {
    return this.#limiter.take(`k:${nameOf(signer)}`);
  }

  /** The headers that every answer of the route carries (draft-polli-ratelimit-headers-05). */
  describe(reply: FastifyReply, state: RateState): void {
    reply.header("ratelimit-limit", this.#perSecond);
    reply.header("ratelimit-remaining", state.remaining);
    reply.header("ratelimit-reset", state.resetSeconds);
    if (!state.allowed) reply.header("retry-after", state.retryAfterSeconds);
  }

  [Symbol.dispose](): void {
    this.#limiter[Symbol.dispose]();
  }
}

const names = new WeakMap<WebhookSecret, string>();

/** The same in all consumers that know the secret, and of no use to anyone who does not. */
function nameOf(secret: WebhookSecret): string {
  const known = names.get(secret);
  if (known !== undefined) return known;
  const name = createHmac("sha256", secret.key).update("rate limit").digest("base64url");
  names.set(secret, name);
  return name;
}
