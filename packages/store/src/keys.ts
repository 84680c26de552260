/**
 * Every key of the store. All carry the hash tag of their shard, so that a script that touches
 * several of them runs on one node of a Redis Cluster (Redis Cluster specification, "Hash tags").
 * Format 1 has one shard; its tag is `{0}`.
 */
export interface Keys {
  /** Hash: `format`, `epoch`, `created_at`. */
  meta: string;
  /** Stream, the task log: one entry per event, field `r` = received. */
  log: string;
  /** Hash: `total`, `p0`…`p3` by priority, `s:<state>`, `duplicates`, `conflicts`, `last` log id. */
  totals: string;
  /** Prefix of the records, one string per task: see `record.ts`. */
  recordPrefix: string;
  /** Hash: how far the relay has broadcast: `id`, `total`. */
  relay: string;
  /** String: the token of the consumer that relays. */
  relayLease: string;
  /** String: the token of the consumer that applies retention. */
  retentionLease: string;
  /** Prefix of everything about batches. */
  batchPrefix: string;
  /** Stream, the outbox: field `t` is a task that has succeeded or failed for good and whose webhooks have to be made. */
  ended: string;
  /** Hash: subscriptionid → what it asks for; see `subscription-store.ts`. */
  subscriptions: string;
  /** Prefix of everything else about result webhooks; see `delivery-keys.ts`. */
  deliveryPrefix: string;
  /** Prefix of strings, one per session that was signed out: kept until it would have ended. */
  endedSessionPrefix: string;
  /** Prefix of counters, one per client that sent a wrong admin token of late. */
  wrongTokenPrefix: string;
  /** Prefix of token buckets, one per sender that sent of late: see `rate-buckets.ts`. */
  ratePrefix: string;
}

export const DEFAULT_KEY_PREFIX = "tp";

export function createKeys(prefix: string = DEFAULT_KEY_PREFIX): Keys {
  const shard = `${prefix}:{0}:`;
  return {
    meta: `${shard}meta`,
    log: `${shard}log`,
    totals: `${shard}totals`,
    recordPrefix: `${shard}t:`,
    relay: `${shard}relay`,
    relayLease: `${shard}lease:relay`,
    retentionLease: `${shard}lease:retention`,
    batchPrefix: `${shard}b:`,
    ended: `${shard}ended`,
    subscriptions: `${shard}subscriptions`,
    deliveryPrefix: `${shard}d:`,
    endedSessionPrefix: `${shard}ended-session:`,
    wrongTokenPrefix: `${shard}wrong-tokens`,
    ratePrefix: `${shard}rate:`,
  };
}
