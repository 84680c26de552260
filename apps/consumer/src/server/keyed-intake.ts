import { askStore } from "@taskpulse/runtime";
import { claimIdempotencyKey, type Keys } from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { Incoming, Intake, StoreOutcome } from "./intake.ts";

export const KEY_REUSED =
  "This Idempotency-Key was sent with another request before; take a new one for a new request.";

/** Tasks of a request that may be named by an `Idempotency-Key`. */
export interface NamedRequest {
  /** Which entry point it came to: each has keys of its own. */
  scope: string;
  /** Null: the request has no name. */
  key: string | null;
  incoming: Incoming;
  /** The places of the tasks whose `id` was made here, of the key where there is one. */
  madeIds: ReadonlySet<number>;
}

export type NamedOutcome = StoreOutcome | { kind: "keyReused" };

export interface KeyedIntakeOptions {
  intake: Intake;
  redis: Redis;
  keys: Keys;
  /** How long a key is remembered at least. */
  rememberMs: number;
}

/**
 * Stores the tasks of a request once, however often it is sent under its key. The key is claimed for
 * what was sent, and ids that the caller left out are made of the key: whoever repeats the request,
 * at the same time or after this process has died, stores the same tasks, and so no second ones.
 */
export class KeyedIntake {
  readonly #options: KeyedIntakeOptions;

  constructor(options: KeyedIntakeOptions) {
    this.#options = options;
  }

  /** Rejects only where something is broken here. */
  async take({ scope, key, incoming, madeIds }: NamedRequest): Promise<NamedOutcome> {
    const { intake, redis, keys, rememberMs } = this.#options;
    const refusal = await intake.check(incoming);
    if (refusal !== null) return refusal;
    if (key === null) return intake.store(incoming);

    const payload = [String(incoming.many), ...incoming.encoded.map(({ tail }) => tail)];
    const claim = await askStore(() =>
      claimIdempotencyKey(redis, keys, { scope, key, payload, rememberMs }),
    );
    switch (claim.kind) {
      case "answered": {
        if (!claim.value) return { kind: "keyReused" };
        const outcome = await intake.store(incoming);
        // The key may be forgotten by now while the task that was made of it is still there.
        const isOther = outcome.kind === "durable" && conflictsAt(outcome.digits, madeIds);
        return isOther ? { kind: "keyReused" } : outcome;
      }
      case "full":
        return { kind: "full" };
      case "unavailable":
        return { kind: "unavailable", reason: "Redis has not taken the key" };
      default:
        return claim satisfies never;
    }
  }
}

function conflictsAt(digits: string, places: ReadonlySet<number>): boolean {
  return [...places].some((place) => digits[place] === "2");
}
