/**
 * Every key of the store. All carry the hash tag of their shard, so that a script that touches
 * several of them runs on one node of a Redis Cluster (Redis Cluster specification, "Hash tags").
 * Format 1 has one shard; its tag is `{0}`.
 */
export interface Keys {
  /** What all keys of the shard begin with: scripts about runs name theirs from it, see `RUN_KEYS`. */
  shard: string;
  /** Hash: `format`, `epoch`, `created_at`. */
  meta: string;
  /** Stream, the task log: one entry per received task, field `r`. */
  log: string;
  /**
   * Hash: `total`, `p0`…`p3` by priority, `s:<state>`, `u0`…`u3` running here by priority (not with a
   * remote that answered 202), `duplicates`, `conflicts`, `last` log id, `changes` how many changes of state there were, `change` id of the last.
   */
  totals: string;
  /** Prefix of the records, one string per task: see `record.ts`. */
  recordPrefix: string;
  /** Prefix of the run hashes, one per task that is run: see `run-lua.ts`. */
  runPrefix: string;
  /** Stream of changes of state, the newest only: `c` = `<taskid><state character>`. */
  changes: string;
  /** Stream, the outbox of result webhooks: `t` = a task that has succeeded or failed for good. */
  ended: string;
  /** Hash: subscriptions to results by their id. */
  subscriptions: string;
  /** Sorted set of tasks that failed for good, by when. */
  dead: string;
  /** Sorted set of tasks that a worker's queue holds, by when that was last seen. */
  held: string;
  /** Stream: an entry means that something is due earlier than it was. */
  wake: string;
  /** Channel: taskids whose running attempt is to be given up. */
  cancelChannel: string;
  /** Hash: what workers have registered by name, see `catalogue.ts`: handlers … */
  handlers: string;
  /** … and callers of result webhooks. */
  callers: string;
  /** String: the token of the worker that feeds the queues. */
  feederLease: string;
  /** Prefix of what BullMQ keeps. */
  bullPrefix: string;
  /** Hash: how far the relay has broadcast: `id`, `total`, `change`, `changes`. */
  relay: string;
  /** String: the token of the consumer that relays. */
  relayLease: string;
  /** String: the token of the consumer that applies retention. */
  retentionLease: string;
  /** Prefix of everything about retries in bulk: see `retry-jobs.ts`. */
  retryPrefix: string;
  /** Prefix of everything about batches. */
  batchPrefix: string;
  /** Prefix of everything else about result webhooks; see `delivery-keys.ts`. */
  deliveryPrefix: string;
  /** Prefix of everything about schedules. */
  schedulePrefix: string;
  /** Prefix of strings, one per session that was signed out: kept until it would have ended. */
  endedSessionPrefix: string;
  /** Prefix of counters, one per client that sent a wrong admin token of late. */
  wrongTokenPrefix: string;
  /** Prefix of strings, one per idempotency key that was sent of late: see `idempotency.ts`. */
  idempotencyPrefix: string;
  /** Prefix of token buckets, one per sender that sent of late: see `rate-buckets.ts`. */
  ratePrefix: string;
}

export const DEFAULT_KEY_PREFIX = "tp";

/** What follows the shard's prefix in the names of keys that scripts about runs use. */
export const RUN_KEYS = {
  totals: "totals",
  record: "t:",
  /** Hash per runnable task. */
  run: "r:",
  /** List per runnable task: its changes of state as `<character><ms>`, and its attempts as JSON. */
  history: "a:",
  /** String per ended task: what it returned, or its error, as JSON. */
  result: "v:",
  /** Set per task: those that wait for it. */
  waiters: "w:",
  /** Set: tasks that others wait for, and that have not come yet. */
  unknown: "unknown",
  /** The run streams, one per priority: `t` = taskid. */
  stream: "run:",
  /**
   * Sorted set by ms: tasks that wait for their time, and `>` with taskid and state character of one
   * that has ended, some of whose waiters have yet to be told.
   */
  due: "due",
  wake: "wake",
  held: "held",
  dead: "dead",
  changes: "changes",
  ended: "ended",
  subscriptions: "subscriptions",
  cancelChannel: "cancel",
  retries: "retries:",
  bull: "bull",
} as const;

export function createKeys(prefix: string = DEFAULT_KEY_PREFIX): Keys {
  const shard = `${prefix}:{0}:`;
  return {
    shard,
    meta: `${shard}meta`,
    log: `${shard}log`,
    totals: shard + RUN_KEYS.totals,
    recordPrefix: shard + RUN_KEYS.record,
    runPrefix: shard + RUN_KEYS.run,
    changes: shard + RUN_KEYS.changes,
    ended: shard + RUN_KEYS.ended,
    subscriptions: shard + RUN_KEYS.subscriptions,
    dead: shard + RUN_KEYS.dead,
    held: shard + RUN_KEYS.held,
    wake: shard + RUN_KEYS.wake,
    cancelChannel: shard + RUN_KEYS.cancelChannel,
    handlers: `${shard}handlers`,
    callers: `${shard}callers`,
    feederLease: `${shard}lease:feeder`,
    bullPrefix: shard + RUN_KEYS.bull,
    relay: `${shard}relay`,
    relayLease: `${shard}lease:relay`,
    retentionLease: `${shard}lease:retention`,
    retryPrefix: shard + RUN_KEYS.retries,
    batchPrefix: `${shard}b:`,
    deliveryPrefix: `${shard}d:`,
    schedulePrefix: `${shard}sched:`,
    endedSessionPrefix: `${shard}ended-session:`,
    wrongTokenPrefix: `${shard}wrong-tokens`,
    idempotencyPrefix: `${shard}idempotency:`,
    ratePrefix: `${shard}rate:`,
  };
}

/** The run stream of a priority digit. */
export function runStreamKey(keys: Keys, digit: string): string {
  return keys.shard + RUN_KEYS.stream + digit;
}
