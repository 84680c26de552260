import type { BatchState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { packOutcome, type SendOutcome } from "./batch-event.ts";
import { activeBatchesKey, batchKeys, batchNewsChannel } from "./batch-keys.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** What has been sent must become known also in a full store, or its batch would never end. */
const FLAGS = "#!lua flags=allow-oom";

/**
 * Every final outcome stays in the stream: attempt events may fill two thirds of what a round adds
 * to it at most, further ones are counted in `tries` only.
 */
const CAP = `
local function capacity(total, round)
  return (3 * total + 10001) * (round + 1)
end
`;

/**
 * Ends a batch: the last event, and nobody has to run it any more. In `record` when the last
 * outcome comes, in `close` when a cancelled batch has nothing in flight any more.
 */
const END = `
local function finish(state, total, delivered, failed, cap)
  local done = redis.call('XADD', KEYS[2], 'MAXLEN', '~', cap, '*', 'd',
    state .. '\\t' .. total .. '\\t' .. delivered .. '\\t' .. failed)
  redis.call('HSET', KEYS[1], 'done', done)
  redis.call('SREM', KEYS[7], ARGV[5])
  redis.call('DEL', KEYS[5], KEYS[6])
end
`;

const recordScript = defineScript(`${FLAGS}${CAP}${END}
local owner = redis.call('GET', KEYS[6])
if owner and owner ~= ARGV[1] then return {'lost'} end
local h = redis.call('HMGET', KEYS[1], 'state', 'total', 'delivered', 'failed', 'attempts', 'done', 'round')
if not h[1] or h[6] ~= '' then return {'ended'} end
local state, total = h[1], tonumber(h[2])
local delivered, failed, attempts = tonumber(h[3]), tonumber(h[4]), tonumber(h[5])
local cap = capacity(total, tonumber(h[7]))
if not owner then redis.call('SET', KEYS[6], ARGV[1], 'PX', ARGV[2]) end
for i = 6, #ARGV, 4 do
  local kind, id, tries, packed = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3]
  if kind == 'retry' then
    if redis.call('GETBIT', KEYS[3], id) == 0 and tonumber(redis.call('HGET', KEYS[5], id) or 0) < tries then
      redis.call('HSET', KEYS[5], id, tries)
      if attempts < 2 * total + 10000 then
        attempts = attempts + 1
        redis.call('XADD', KEYS[2], 'MAXLEN', '~', cap, '*', 'a', packed)
      end
    end
  elseif redis.call('SETBIT', KEYS[3], id, 1) == 0 then
    if kind == 'delivered' then
      redis.call('SETBIT', KEYS[4], id, 1)
      delivered = delivered + 1
    else
      failed = failed + 1
    end
    if tries > 1 then redis.call('HDEL', KEYS[5], id) end
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', cap, '*', 't', packed)
  end
end
redis.call('HSET', KEYS[1], 'delivered', delivered, 'failed', failed, 'attempts', attempts)
if delivered + failed >= total then
  if state ~= 'cancelled' then
    state = 'done'
    redis.call('HSET', KEYS[1], 'state', state, 'ended', ARGV[3])
  end
  finish(state, total, delivered, failed, cap)
end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return {'recorded', state, h[7]}
`);

const closeScript = defineScript(`${FLAGS}${CAP}${END}
local owner = redis.call('GET', KEYS[6])
if owner and owner ~= ARGV[1] then return 0 end
local h = redis.call('HMGET', KEYS[1], 'state', 'total', 'delivered', 'failed', 'done', 'round')
if h[1] ~= 'cancelled' or h[5] ~= '' then return 0 end
finish(h[1], h[2], h[3], h[4], capacity(tonumber(h[2]), tonumber(h[6])))
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
`);

export type Recorded =
  | { kind: "recorded"; state: BatchState; round: number }
  /** Another producer runs the batch now; nothing was written. */
  | { kind: "lost" }
  /** The batch has its last event already, or is gone; nothing was written. */
  | { kind: "ended" };

export interface LeaseHold {
  token: string;
  ttlMs: number;
}

/**
 * Records outcomes in one atomic step. A task that has its final outcome keeps it, and a try that
 * is known already is not written twice: recording again after a lost answer is safe.
 */
export async function recordOutcomes(
  redis: Redis,
  keys: Keys,
  batchid: string,
  hold: LeaseHold,
  outcomes: readonly SendOutcome[],
  nowMs: number,
): Promise<Recorded> {
  const args: (string | number)[] = fenceArguments(keys, batchid, hold, nowMs);
  for (const outcome of outcomes) {
    args.push(outcome.result.kind, outcome.taskIndex, outcome.tries, packOutcome(outcome));
  }
  const reply = await runScript<["recorded", BatchState, string] | ["lost"] | ["ended"]>(
    redis,
    recordScript,
    fencedKeys(keys, batchid),
    args,
  );
  return reply[0] === "recorded"
    ? { kind: "recorded", state: reply[1], round: Number(reply[2]) }
    : { kind: reply[0] };
}

/** Writes the last event of a cancelled batch once nothing is in flight; else nothing happens. */
export async function closeCancelledBatch(
  redis: Redis,
  keys: Keys,
  batchid: string,
  hold: LeaseHold,
  nowMs: number,
): Promise<void> {
  await runScript<number>(
    redis,
    closeScript,
    fencedKeys(keys, batchid),
    fenceArguments(keys, batchid, hold, nowMs),
  );
}

function fencedKeys(keys: Keys, batchid: string): string[] {
  const own = batchKeys(keys, batchid);
  return [
    ...[own.record, own.events, own.settled, own.delivered, own.tries, own.lease],
    activeBatchesKey(keys),
  ];
}

function fenceArguments(keys: Keys, batchid: string, hold: LeaseHold, nowMs: number) {
  return [hold.token, hold.ttlMs, nowMs, batchNewsChannel(keys), batchid];
}
