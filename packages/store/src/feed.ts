import type { Redis } from "ioredis";
import { type Keys, RUN_KEYS } from "./keys.ts";
import { RUN_LUA } from "./run-lua.ts";
import { defineScript, runScript } from "./script.ts";

/** How much that is due one call handles: about 2 ms of Redis' time. */
const MOST_DUE = 200;

const FEED_LUA = `#!lua flags=allow-oom
${RUN_LUA}

local function expireReport(id, p)
  call('SET', RESULT .. id, '{"type":"DeadlineExceeded","message":"The remote answered 202 and did not report in time."}')
  finish(id, 'u', 'f', p)
end
local function processDue(most)
  local due = call('ZRANGEBYSCORE', DUE, '-inf', number(now()), 'LIMIT', 0, most)
  for _, id in ipairs(due) do
    call('ZREM', DUE, id)
    if sub(id, 1, 1) == '>' then
      ended[#ended + 1] = sub(id, 2)
    else
      local run = call('HMGET', RUN .. id, 's', 'p', 'l', 'y')
      local s, p = run[1], run[2]
      if s then call('HSET', RUN .. id, 'd', '') end
      if s == 'w' then
        if tonumber(run[3] or '0') <= 0 then release(id, p) end
      elseif s == 't' then
        append(id, p)
      elseif s == 'u' and run[4] == '1' then
        expireReport(id, p)
      end
    end
  end
  flush()
  if #due == tonumber(most) then return 0 end
  local next = call('ZRANGE', DUE, 0, 0, 'WITHSCORES')
  return next[2] and math.max(0, tonumber(next[2]) - now()) or -1
end
`;

/**
 * One step of feeding the queues, for the owner of the lease: what is due by Redis' clock moves on, and
 * the oldest entries of the run streams are read as far as the queues have room.
 *
 * KEYS the shard's prefix, lease. ARGV token, lease ms, most due, most jobs ahead per queue.
 * Reply: false without the lease; else ms until the next is due (-1: none), id of the last wake-up,
 * 1 when more is left in a stream than was read, and per priority digit entry ids and taskids in turn.
 */
const feedScript = defineScript(`${FEED_LUA}
if call('GET', KEYS[2]) ~= ARGV[1] then return false end
call('PEXPIRE', KEYS[2], ARGV[2])
local nextDue = processDue(ARGV[3])
local wake = call('XREVRANGE', WAKE, '+', '-', 'COUNT', 1)
local reply = {nextDue, wake[1] and wake[1][1] or '0-0', 0}
for i, name in ipairs(QUEUES) do
  local stream, entries = STREAM .. (i - 1), {}
  local length = call('XLEN', stream)
  if length > 0 then
    -- Jobs that run are not ahead of anything.
    local ahead = call('LLEN', BULL .. name .. ':wait') + call('LLEN', BULL .. name .. ':active')
      - tonumber(call('HGET', TOTALS, 'u' .. (i - 1)) or '0')
    local room = tonumber(ARGV[4]) - math.max(0, ahead)
    if room > 0 then
      for _, e in ipairs(call('XRANGE', stream, '-', '+', 'COUNT', room)) do
        entries[#entries + 1] = e[1]
        entries[#entries + 1] = e[2][2]
      end
    end
    if #entries / 2 < length then reply[3] = 1 end
  end
  reply[#reply + 1] = entries
end
return reply
`);

export interface RunEntry {
  entryId: string;
  taskid: string;
}

export interface Feed {
  /** When something will be due, from now; null when nothing waits for a time. */
  nextDueMs: number | null;
  /** Where to go on waiting in the wake stream. */
  wakeId: string;
  /** There is more to read as soon as the queues have room. */
  more: boolean;
  /** By priority digit, oldest first. */
  entries: readonly (readonly RunEntry[])[];
}

export interface FeedOptions {
  token: string;
  leaseMs: number;
  /** How many jobs of each priority may be ahead of the workers. */
  mostAhead: number;
}

/** Null when the lease belongs to another worker. */
export async function feed(
  redis: Redis,
  keys: Keys,
  { token, leaseMs, mostAhead }: FeedOptions,
): Promise<Feed | null> {
  const reply = await runScript<[number, string, number, ...string[][]] | null>(
    redis,
    feedScript,
    [keys.shard, keys.feederLease],
    [token, leaseMs, MOST_DUE, mostAhead],
  );
  if (reply === null) return null;
  const [nextDue, wakeId, more, ...lists] = reply;
  return {
    nextDueMs: nextDue < 0 ? null : nextDue,
    wakeId,
    more: more === 1,
    entries: lists.map((flat) => {
      const entries: RunEntry[] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) {
        entries.push({ entryId: flat[i] ?? "", taskid: flat[i + 1] ?? "" });
      }
      return entries;
    }),
  };
}

/**
 * Tasks that a queue should hold, and has not been seen to for a while: those whose job is gone go back to
 * the run stream. Jobs are lost when Redis was restored from a moment between two writes, or somebody emptied
 * the queues.
 *
 * KEYS the shard's prefix. ARGV unseen for ms, most.
 * Reply: how many went back.
 */
const recoverScript = defineScript(`${FEED_LUA}
local lost = 0
for _, id in ipairs(call('ZRANGEBYSCORE', HELD, '-inf', number(now() - tonumber(ARGV[1])), 'LIMIT', 0, ARGV[2])) do
  local run = call('HMGET', RUN .. id, 's', 'p', 'y', 'j')
  if run[1] ~= 'q' and (run[1] ~= 'u' or run[3] == '1') then
    call('ZREM', HELD, id)
  else
    call('ZADD', HELD, number(now()), id)
    if not hasJob(run[2], run[4]) then
      append(id, run[2])
      lost = lost + 1
    end
  end
end
return lost
`);

export function recoverLostJobs(
  redis: Redis,
  keys: Keys,
  { unseenMs, most }: { unseenMs: number; most: number },
): Promise<number> {
  return runScript<number>(redis, recoverScript, [keys.shard], [unseenMs, most]);
}

/** Where a feeder has got to in the run streams, by priority digit, and in the wake stream. */
export interface FeedPosition {
  entryIds: readonly string[];
  wakeId: string;
}

/**
 * Resolves when there is something new to feed, or something is due earlier than before, true, or after
 * `forMs`, false. Needs a connection of its own.
 */
export async function waitForRuns(
  blocking: Redis,
  keys: Keys,
  { entryIds, wakeId }: FeedPosition,
  forMs: number,
): Promise<boolean> {
  const streams = entryIds.map((_, digit) => `${keys.shard}${RUN_KEYS.stream}${digit}`);
  const ids = [...entryIds, wakeId];
  const where = [...streams, keys.wake, ...ids];
  return (await blocking.xread("COUNT", 1, "BLOCK", forMs, "STREAMS", ...where)) !== null;
}
