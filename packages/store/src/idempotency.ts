import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";

/** A request that whoever sends it has named, so that it happens once however often it is sent. */
export interface KeyedRequest {
  /** Which of the entry points it came to: each has keys of its own. */
  scope: string;
  key: string;
  /** What was sent, all that makes a difference. */
  payload: readonly string[];
  /** How long the key is remembered, counted from its first use. */
  rememberMs: number;
}

/**
 * False when the key stands for another request already. Whoever is told true goes on, also the
 * second time: what follows must be safe to do twice, because the first may have died before it.
 */
export async function claimIdempotencyKey(
  redis: Redis,
  keys: Keys,
  { scope, key, payload, rememberMs }: KeyedRequest,
): Promise<boolean> {
  const name = keys.idempotencyPrefix + digest([scope, key]);
  const fingerprint = digest(payload);
  const known = await redis.set(name, fingerprint, "PX", Math.ceil(rememberMs), "NX", "GET");
  return known === null || known === fingerprint;
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
