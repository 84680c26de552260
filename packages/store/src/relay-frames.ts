import {
  type Frame,
  MAX_FRAME_TASKS,
  MAX_SNAPSHOT_TASKS,
  parseCursor,
  type Snapshot,
  type TaskRow,
} from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { toCursor } from "./log-position.ts";
import { decodeRecord, HEAD_BYTES, taskidOfEntry, toRow } from "./record.ts";
import { defineScript, runScript } from "./script.ts";
import { decodeTotals, type StoredTotals } from "./totals.ts";

/**
 * How many tasks a frame still carries once it can't carry all: nobody reads more than that of
 * what passes within 50 ms, and every board pays for each.
 */
const BUSY_FRAME_TASKS = 50;

/** Newest first: the log entries in (after, +], at most `limit`, each followed by its record's head. */
const READ_NEWEST = `#!lua flags=allow-oom
local function newest(log, prefix, after, limit)
  local entries = redis.call('XREVRANGE', log, '+', '(' .. after, 'COUNT', limit)
  local out = {}
  for i, e in ipairs(entries) do
    out[2 * i - 1] = e[2][2]
    out[2 * i] = redis.call('GETRANGE', prefix .. string.sub(e[2][2], 6), 0, ${HEAD_BYTES - 1})
  end
  return out
end
`;

/**
 * Moves the broadcast position to the end of the log and returns what lies between. Position and
 * contents are read in one step, and only by the owner of the lease: frames never overlap, leave no
 * hole, and a new owner goes on where the last one stopped.
 *
 * KEYS meta, log, totals, record prefix, relay, lease. ARGV token, lease ms, most tasks, tasks when
 * there are more.
 */
const advanceScript = defineScript(`${READ_NEWEST}
local meta, log, totals, prefix, relay, lease = unpack(KEYS)
if redis.call('GET', lease) ~= ARGV[1] then return false end
redis.call('PEXPIRE', lease, ARGV[2])
local epoch = redis.call('HGET', meta, 'epoch') or ''
local from = redis.call('HMGET', relay, 'id', 'total')
local fromId, fromTotal = from[1] or '0-0', tonumber(from[2] or '0')
local flat = redis.call('HGETALL', totals)
local last = redis.call('HMGET', totals, 'last', 'total')
local lastId, total = last[1] or '0-0', tonumber(last[2] or '0')
if lastId == fromId then return {epoch, fromId, fromTotal, flat, {}} end
local limit = tonumber(ARGV[3])
if total - fromTotal > limit then limit = tonumber(ARGV[4]) end
local tasks = newest(log, prefix, fromId, limit)
redis.call('HSET', relay, 'id', lastId, 'total', total)
return {epoch, fromId, fromTotal, flat, tasks}
`);

/**
 * What a board starts from: everything as it is now, and the cursor of the frames to come, which
 * may be a little older. The frame that follows repeats what lies between, and that is harmless:
 * totals are absolute and rows are merged by taskid.
 *
 * KEYS meta, log, totals, record prefix, relay. ARGV epoch and log id to read after, most tasks
 * then, most tasks for a board that starts afresh.
 */
const snapshotScript = defineScript(`${READ_NEWEST}
local meta, log, totals, prefix, relay = unpack(KEYS)
local epoch = redis.call('HGET', meta, 'epoch') or ''
local at = redis.call('HMGET', relay, 'id', 'total')
local after, limit = ARGV[2], tonumber(ARGV[3])
if ARGV[1] ~= epoch then after, limit = '0-0', tonumber(ARGV[4]) end
return {epoch, at[1] or '0-0', tonumber(at[2] or '0'), redis.call('HGETALL', totals),
  newest(log, prefix, after, limit)}
`);

type Reply = [epoch: string, id: string, total: number, totals: string[], tasks: string[]];

/** Null when the lease belongs to another consumer. */
export async function advanceRelay(
  redis: Redis,
  keys: Keys,
  token: string,
  leaseMs: number,
): Promise<Frame | null> {
  const reply = await runScript<Reply | null>(
    redis,
    advanceScript,
    [keys.meta, keys.log, keys.totals, keys.recordPrefix, keys.relay, keys.relayLease],
    [token, leaseMs, MAX_FRAME_TASKS, BUSY_FRAME_TASKS],
  );
  if (reply === null) return null;
  const [epoch, id, total, flat, pairs] = reply;
  const stored = decodeTotals(flat);
  const tasks = decodeRows(pairs);
  return {
    epoch,
    from: toCursor(epoch, { id, total }),
    cursor: toCursor(epoch, { id: stored.lastId, total: stored.total }),
    totals: publicTotals(stored),
    tasks,
    skipped: Math.max(0, stored.total - total - tasks.length),
  };
}

/**
 * `since` is a cursor of an earlier snapshot, frame or summary. Without one, or with one of another
 * epoch, the newest tasks are given and nothing counts as missed.
 */
export async function readSnapshot(redis: Redis, keys: Keys, since?: string): Promise<Snapshot> {
  const after = since === undefined ? null : parseCursor(since);
  const [epoch, id, total, flat, pairs] = await runScript<Reply>(
    redis,
    snapshotScript,
    [keys.meta, keys.log, keys.totals, keys.recordPrefix, keys.relay],
    [
      after?.epoch ?? "",
      after === null ? "0-0" : `${after.ms}-${after.seq}`,
      MAX_SNAPSHOT_TASKS,
      MAX_FRAME_TASKS,
    ],
  );
  const stored = decodeTotals(flat);
  const tasks = decodeRows(pairs);
  const replayed = after !== null && after.epoch === epoch;
  return {
    summary: { epoch, cursor: toCursor(epoch, { id, total }), ...publicTotals(stored) },
    tasks,
    gap: replayed ? Math.max(0, stored.total - after.total - tasks.length) : 0,
  };
}

export function publicTotals({ total, byPriority, byState }: StoredTotals) {
  return { total, byPriority, byState };
}

function decodeRows(pairs: readonly string[]): TaskRow[] {
  const rows: TaskRow[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const taskid = taskidOfEntry(pairs[i] ?? "");
    const stored = decodeRecord(pairs[i + 1] ?? "");
    if (taskid !== null && stored !== null) rows.push(toRow(taskid, stored));
  }
  return rows;
}
