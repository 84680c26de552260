import type { BatchState, BatchView, PriorityMix } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { type BatchEvent, unpackEvent } from "./batch-event.ts";
import { batchKeys, batchListKey } from "./batch-keys.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

const viewScript = defineScript(`
local ids = {unpack(ARGV, 3)}
if tonumber(ARGV[2]) > 0 then ids = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[2]) - 1, 'REV') end
local views = {}
for _, id in ipairs(ids) do
  local v = redis.call('HMGET', ARGV[1] .. 'record:' .. id, 'state', 'total', 'delivered', 'failed',
    'wait', 'concurrency', 'seed', 'mix', 'created', 'ended', 'done', 'round')
  if v[1] then
    v[#v + 1] = redis.call('HLEN', ARGV[1] .. 'tries:' .. id)
    v[#v + 1] = id
    views[#views + 1] = v
  end
end
return views
`);

/** A batch as stored: what is shown, and what its runner and its readers need besides. */
export interface StoredBatch {
  view: BatchView;
  /** Id of its last event; null until it has ended and everything in flight is recorded. */
  doneEventId: string | null;
  round: number;
}

type ViewReply = [...strings: string[], number, string];

/** Null when there is no such batch. */
export async function readBatch(
  redis: Redis,
  keys: Keys,
  batchid: string,
): Promise<StoredBatch | null> {
  const [reply] = await runScript<ViewReply[]>(
    redis,
    viewScript,
    [batchKeys(keys, batchid).record],
    [keys.batchPrefix, 0, batchid],
  );
  return reply === undefined ? null : toStoredBatch(reply);
}

/** The newest first, at most `limit`. */
export async function listBatches(redis: Redis, keys: Keys, limit: number): Promise<BatchView[]> {
  const replies = await runScript<ViewReply[]>(
    redis,
    viewScript,
    [batchListKey(keys)],
    [keys.batchPrefix, limit],
  );
  return replies.map((reply) => toStoredBatch(reply).view);
}

function toStoredBatch(reply: ViewReply): StoredBatch {
  const [
    state,
    total,
    delivered,
    failed,
    wait,
    concurrency,
    seed,
    mix,
    created,
    ended,
    done,
    round,
  ] = reply;
  const [retrying, batchid] = reply.slice(-2);
  return {
    view: {
      batchid: String(batchid),
      state: state as BatchState,
      total: Number(total),
      delivered: Number(delivered),
      failed: Number(failed),
      retrying: Number(retrying),
      waitSeconds: Number(wait),
      concurrency: Number(concurrency),
      seed: Number(seed),
      mix: mix ? (JSON.parse(String(mix)) as PriorityMix) : null,
      created_at: new Date(Number(created)).toISOString(),
      ended_at: ended ? new Date(Number(ended)).toISOString() : null,
    },
    doneEventId: done ? String(done) : null,
    round: Number(round),
  };
}

/** What is left to do: which tasks have their final outcome, and the tries of those that wait. */
export interface BatchProgress {
  /** One bit per task id, the highest bit of the first byte is task 0. */
  settled: Buffer;
  tries: Map<number, number>;
}

export async function readProgress(
  redis: Redis,
  keys: Keys,
  batchid: string,
): Promise<BatchProgress> {
  const own = batchKeys(keys, batchid);
  const [settled, tries] = await Promise.all([
    redis.getBuffer(own.settled),
    redis.hgetall(own.tries),
  ]);
  return {
    settled: settled ?? Buffer.alloc(0),
    tries: new Map(Object.entries(tries).map(([id, count]) => [Number(id), Number(count)])),
  };
}

/** Events after `after` (`0-0`: from the beginning), oldest first, at most `count`. */
export async function readBatchEvents(
  redis: Redis,
  keys: Keys,
  batch: { batchid: string; total: number },
  after: string,
  count: number,
): Promise<BatchEvent[]> {
  const { events } = batchKeys(keys, batch.batchid);
  const entries = await redis.xrange(events, `(${after}`, "+", "COUNT", count);
  const unpacked: BatchEvent[] = [];
  for (const [id, [kind = "", packed = ""]] of entries) {
    const event = unpackEvent(batch.batchid, batch.total, id, kind, packed);
    if (event !== null) unpacked.push(event);
  }
  return unpacked;
}

const TAIL_PAGE = 1_000;

/**
 * The id after which the last `n` outcomes follow, whatever ends lie between and after them; `0-0`
 * when there are not more than those. Rejects with the signal's reason when nobody waits for it any
 * more.
 */
export async function positionBeforeLast(
  redis: Redis,
  keys: Keys,
  batchid: string,
  n: number,
  signal?: AbortSignal,
): Promise<string> {
  const { events } = batchKeys(keys, batchid);
  let end = "+";
  let left = n;
  for (;;) {
    signal?.throwIfAborted();
    const size = Math.min(left + 1, TAIL_PAGE);
    const page = await redis.xrevrange(events, end, "-", "COUNT", size);
    for (const [id, [kind]] of page) {
      if (kind === "d") continue;
      if (left === 0) return id;
      left -= 1;
    }
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < size) return "0-0";
    end = `(${last}`;
  }
}
