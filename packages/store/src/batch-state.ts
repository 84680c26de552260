import type { BatchState, PriorityMix } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { activeBatchesKey, batchKeys, batchListKey, batchNewsChannel } from "./batch-keys.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/**
 * The record of a batch is a hash: `state`, `total`, `delivered`, `failed`, `seed`, `wait` (s),
 * `concurrency`, `mix` (JSON or empty), `created` and `ended` (ms since the epoch, or empty),
 * `round` (how many times the undelivered were sent again), `attempts` (attempt events written in
 * this round), `done` (id of its last event, empty until everything in flight is recorded).
 *
 *     state      by                    becomes
 *     -          create                running
 *     running    pause                 paused
 *     paused     resume                running
 *     running    its last outcome      done        (also while paused: what was in flight arrives)
 *     running    cancel                cancelled   (also paused; `close` follows once nothing is in flight)
 *     any but cancelled  retry         running     (if some are undelivered)
 *
 * Four scripts change the state: the three here, and the one in `batch-record.ts` for `done`.
 */
const createScript = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'state', 'running', 'delivered', 0, 'failed', 0, 'ended', '', 'round', 0,
  'attempts', 0, 'done', '', unpack(ARGV, 4))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('PUBLISH', ARGV[3], '!' .. ARGV[1])
return 1
`);

export interface BatchOrder {
  batchid: string;
  total: number;
  waitSeconds: number;
  concurrency: number;
  seed: number;
  mix: PriorityMix | null;
}

/**
 * Writes a new batch, to be run by the first producer that claims it. If there is one of this id
 * already, it stays as it is: asking again after a lost answer is safe.
 */
export async function createBatch(
  redis: Redis,
  keys: Keys,
  order: BatchOrder,
  nowMs: number,
): Promise<void> {
  const { record } = batchKeys(keys, order.batchid);
  await runScript<number>(
    redis,
    createScript,
    [record, batchListKey(keys), activeBatchesKey(keys)],
    [
      ...[order.batchid, nowMs, batchNewsChannel(keys)],
      ...["total", order.total, "seed", order.seed, "wait", order.waitSeconds],
      ...["concurrency", order.concurrency, "created", nowMs],
      ...["mix", order.mix === null ? "" : JSON.stringify(order.mix)],
    ],
  );
}

/** `allow-oom`: a batch can be stopped also in a full store. */
const changeScript = defineScript(`#!lua flags=allow-oom
local state, command = redis.call('HGET', KEYS[1], 'state'), ARGV[2]
if not state then return {'unknown'} end
local ended = state == 'done' or state == 'cancelled'
if command == 'pause' then
  if ended then return {'refused', state} end
  redis.call('HSET', KEYS[1], 'state', 'paused')
elseif command == 'resume' then
  if ended then return {'refused', state} end
  redis.call('HSET', KEYS[1], 'state', 'running')
elseif command == 'cancel' then
  if state == 'cancelled' then return {'changed'} end
  if ended then return {'refused', state} end
  redis.call('HSET', KEYS[1], 'state', 'cancelled', 'ended', ARGV[3])
end
redis.call('PUBLISH', ARGV[4], '!' .. ARGV[1])
return {'changed'}
`);

/*
 * The delivered are a subset of the settled, so making both alike turns the undelivered into tasks
 * that have not been sent yet. Like a new batch it makes more to store, so a full store refuses it.
 */
const retryScript = defineScript(`
local r = redis.call('HMGET', KEYS[1], 'state', 'failed')
local state, failed = r[1], tonumber(r[2] or 0)
if not state then return {'unknown'} end
if state == 'cancelled' or failed == 0 then return {'refused', state} end
if redis.call('COPY', KEYS[3], KEYS[2], 'REPLACE') == 0 then redis.call('DEL', KEYS[2]) end
redis.call('HINCRBY', KEYS[1], 'round', 1)
redis.call('HSET', KEYS[1], 'state', 'running', 'failed', 0, 'ended', '', 'done', '', 'attempts', 0)
redis.call('SADD', KEYS[4], ARGV[1])
redis.call('PUBLISH', ARGV[4], '!' .. ARGV[1])
return {'changed'}
`);

export type BatchCommand = "pause" | "resume" | "cancel" | "retry";

export type BatchChange =
  | { kind: "changed" }
  | { kind: "unknown" }
  /** It can't be done to a batch in this state. */
  | { kind: "refused"; state: BatchState };

/** Commands that change nothing (pausing a paused batch) count as done. */
export async function changeBatch(
  redis: Redis,
  keys: Keys,
  batchid: string,
  command: BatchCommand,
  nowMs: number,
): Promise<BatchChange> {
  const { record, settled, delivered } = batchKeys(keys, batchid);
  const [kind, state] = await runScript<
    ["changed"] | ["unknown"] | ["refused", BatchState] | [never, undefined]
  >(
    redis,
    command === "retry" ? retryScript : changeScript,
    [record, settled, delivered, activeBatchesKey(keys)],
    [batchid, command, nowMs, batchNewsChannel(keys)],
  );
  return kind === "refused" ? { kind, state } : { kind };
}
