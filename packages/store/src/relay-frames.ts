import {
  type Frame,
  MAX_FRAME_CHANGES,
  MAX_FRAME_TASKS,
  MAX_SNAPSHOT_CHANGES,
  MAX_SNAPSHOT_TASKS,
  parseCursor,
  type Snapshot,
  type StateChange,
} from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { toCursor } from "./log-position.ts";
import { stateOf } from "./record.ts";
import { decodeRows, ROW_LUA } from "./row-lua.ts";
import { defineScript, runScript } from "./script.ts";
import { decodeTotals, type StoredTotals } from "./totals.ts";

/**
 * How many tasks a frame still carries once it can't carry all: nobody reads more than that of
 * what passes within 50 ms, and every board pays for each.
 */
const BUSY_FRAME_TASKS = 50;

/**
 * Newest first: the log entries in (after, +], at most `limit`, each followed by its record's head
 * and its state; and the tasks that have changed their state in (after, upto], as character after
 * taskid. What a frame says of a task is how it was at the frame's end.
 */
const READ_NEWEST = `${ROW_LUA}
local function newest(log, prefix, runs, after, limit)
  local entries = redis.call('XREVRANGE', log, '+', '(' .. after, 'COUNT', limit)
  local out = {}
  for i, e in ipairs(entries) do
    local entry = e[2][2]
    local id = string.sub(entry, 6)
    local head = headOf(prefix .. id)
    out[3 * i - 2] = entry
    out[3 * i - 1] = head
    out[3 * i] = stateOf(runs, id, head)
  end
  return out
end
local function changesSince(changes, after, limit)
  local out, seen = {}, {}
  local entries = redis.call('XREVRANGE', changes, '+', '(' .. after, 'COUNT', limit)
  for _, e in ipairs(entries) do
    local change = e[2][2]
    local id = string.sub(change, 1, 26)
    if not seen[id] then
      seen[id] = true
      out[#out + 1] = change
    end
  end
  return out, #entries
end
`;

/**
 * Moves the broadcast position to the end of the log and returns what lies between. Position and
 * contents are read in one step, and only by the owner of the lease: frames never overlap, leave no
 * hole, and a new owner goes on where the last one stopped.
 *
 * KEYS meta, log, totals, record prefix, run prefix, changes, relay, lease. ARGV token, lease ms, most
 * tasks, tasks when there are more, most changes.
 */
const advanceScript = defineScript(`${READ_NEWEST}
local meta, log, totals, prefix, runs, changes, relay, lease = unpack(KEYS)
if redis.call('GET', lease) ~= ARGV[1] then return false end
redis.call('PEXPIRE', lease, ARGV[2])
local epoch = redis.call('HGET', meta, 'epoch') or ''
local from = redis.call('HMGET', relay, 'id', 'total', 'change', 'changes')
local fromId, fromTotal = from[1] or '0-0', tonumber(from[2] or '0')
local fromChange, fromChanges = from[3] or '0-0', tonumber(from[4] or '0')
local flat = redis.call('HGETALL', totals)
local last = redis.call('HMGET', totals, 'last', 'total', 'change', 'changes')
local lastId, total = last[1] or '0-0', tonumber(last[2] or '0')
local lastChange, changed = last[3] or '0-0', tonumber(last[4] or '0')
local tasks, states, looked = {}, {}, 0
if lastId ~= fromId then
  local limit = tonumber(ARGV[3])
  if total - fromTotal > limit then limit = tonumber(ARGV[4]) end
  tasks = newest(log, prefix, runs, fromId, limit)
end
if lastChange ~= fromChange then states, looked = changesSince(changes, fromChange, ARGV[5]) end
if lastId ~= fromId or lastChange ~= fromChange then
  redis.call('HSET', relay, 'id', lastId, 'total', total, 'change', lastChange, 'changes', changed)
end
return {epoch, fromId, fromTotal, fromChange, flat, tasks, states, changed - fromChanges - looked}
`);

/**
 * What a board starts from: everything as it is now, and the cursor of the frames to come, which
 * may be a little older. The frame that follows repeats what lies between, and that is harmless:
 * totals are absolute and rows are merged by taskid.
 *
 * KEYS meta, log, totals, record prefix, run prefix, changes, relay. ARGV epoch, log id and change to read after,
 * most tasks then, most tasks for a board that starts afresh, most changes.
 */
const snapshotScript = defineScript(`${READ_NEWEST}
local meta, log, totals, prefix, runs, changes, relay = unpack(KEYS)
local epoch = redis.call('HGET', meta, 'epoch') or ''
local at = redis.call('HMGET', relay, 'id', 'total', 'change')
local after, limit, states, skipped = ARGV[2], tonumber(ARGV[4]), {}, 0
if ARGV[1] ~= epoch then
  after, limit = '0-0', tonumber(ARGV[5])
else
  local looked
  states, looked = changesSince(changes, ARGV[3], ARGV[6])
  if looked == tonumber(ARGV[6]) then skipped = 1 end
end
return {epoch, at[1] or '0-0', tonumber(at[2] or '0'), at[3] or '0-0', redis.call('HGETALL', totals),
  newest(log, prefix, runs, after, limit), states, skipped}
`);

type Reply = [
  epoch: string,
  id: string,
  total: number,
  change: string,
  totals: string[],
  tasks: string[],
  states: string[],
  changesSkipped: number,
];

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
    [...readKeys(keys), keys.relay, keys.relayLease],
    [token, leaseMs, MAX_FRAME_TASKS, BUSY_FRAME_TASKS, MAX_FRAME_CHANGES],
  );
  if (reply === null) return null;
  const [epoch, id, total, change, flat, triples, states, changesSkipped] = reply;
  const stored = decodeTotals(flat);
  const tasks = decodeRows(triples);
  return {
    epoch,
    from: toCursor(epoch, { id, total, change }),
    cursor: toCursor(epoch, { id: stored.lastId, total: stored.total, change: stored.lastChange }),
    totals: publicTotals(stored),
    tasks,
    skipped: Math.max(0, stored.total - total - tasks.length),
    changes: states.map(decodeChange),
    changesSkipped: Math.max(0, changesSkipped),
  };
}

/**
 * `since` is a cursor of an earlier snapshot, frame or summary. Without one, or with one of another
 * epoch, the newest tasks are given and nothing counts as missed.
 */
export async function readSnapshot(redis: Redis, keys: Keys, since?: string): Promise<Snapshot> {
  const after = since === undefined ? null : parseCursor(since);
  const [epoch, id, total, change, flat, triples, states, changesSkipped] = await runScript<Reply>(
    redis,
    snapshotScript,
    [...readKeys(keys), keys.relay],
    [
      after?.epoch ?? "",
      after === null ? "0-0" : `${after.ms}-${after.seq}`,
      after === null ? "0-0" : `${after.changeMs}-${after.changeSeq}`,
      MAX_SNAPSHOT_TASKS,
      MAX_FRAME_TASKS,
      MAX_SNAPSHOT_CHANGES,
    ],
  );
  const stored = decodeTotals(flat);
  const tasks = decodeRows(triples);
  const replayed = after !== null && after.epoch === epoch;
  return {
    summary: { epoch, cursor: toCursor(epoch, { id, total, change }), ...publicTotals(stored) },
    tasks,
    gap: replayed ? Math.max(0, stored.total - after.total - tasks.length) : 0,
    changes: states.map(decodeChange),
    changesSkipped,
  };
}

export function publicTotals({ total, byPriority, byState, changes }: StoredTotals) {
  return { total, byPriority, byState, changes };
}

function readKeys(keys: Keys): string[] {
  return [keys.meta, keys.log, keys.totals, keys.recordPrefix, keys.runPrefix, keys.changes];
}

function decodeChange(change: string): StateChange {
  return { taskid: change.slice(0, 26), state: stateOf(change.slice(26)) };
}
