import type { Priority, Summary, TaskPage, TaskRow, TaskState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { batchMark } from "./identity.ts";
import type { Keys } from "./keys.ts";
import { toCursor } from "./log-position.ts";
import { decodeRecord, HEAD_BYTES, priorityDigit, taskJson } from "./record.ts";
import { publicTotals } from "./relay-frames.ts";
import { decodeRows, LOG_ID_BYTES, ROW_LUA } from "./row-lua.ts";
import { STATE_CHARS } from "./run-lua.ts";
import { defineScript, runScript } from "./script.ts";
import { decodeTotals } from "./totals.ts";

const summaryScript = defineScript(`
return {redis.call('HGET', KEYS[1], 'epoch') or '', redis.call('HGETALL', KEYS[2])}
`);

/** Includes every task that was acknowledged before the call. */
export async function readSummary(redis: Redis, keys: Keys): Promise<Summary> {
  const [epoch, flat] = await runScript<[string, string[]]>(
    redis,
    summaryScript,
    [keys.meta, keys.totals],
    [],
  );
  const stored = decodeTotals(flat);
  const { lastId: id, total, lastChange: change } = stored;
  const cursor = toCursor(epoch, { id, total, change });
  return { epoch, cursor, ...publicTotals(stored) };
}

export interface TaskQuery {
  priority?: Priority | undefined;
  state?: TaskState | undefined;
  batchid?: string | undefined;
  /** Text that the first 64 KiB of the task's JSON must contain, in any case (ASCII). */
  q?: string | undefined;
  /** A log id that an earlier page gave. */
  before?: string | undefined;
  /** How many rows at most. */
  limit: number;
}

/** How many log entries one script call looks at, and how many bytes of records: about 1 ms of Redis. */
const SCAN_CHUNK = 500;
const SCAN_CHUNK_BYTES = 262_144;
/** How much of each task a search for text looks at. */
const SEARCH_BYTES = 65_536;
/** How long one page searches before it hands back what it has, and where to go on. */
const SEARCH_MS = 500;

/**
 * Newest first from ARGV[1], at most ARGV[2] entries, ARGV[3] bytes of records and ARGV[4] hits,
 * filtered by priority digit, batch mark, text and state character (each '' for any). Reply: log id
 * reached ('' at the end of the log), then entry, head of its record and state character in turn.
 */
const scanScript = defineScript(`${ROW_LUA}
local log, prefix, runs = KEYS[1], KEYS[2], KEYS[3]
local chunk, bytes, want = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local digit, mark, text, wanted = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local find, sub = string.find, string.sub
local function says(record)
  local first = find(record, '\\n', 1, true)
  local second = first and find(record, '\\n', first + 1, true)
  return second and find(string.lower(record), text, second + 1, true)
end
local entries = redis.call('XREVRANGE', log, ARGV[1], '-', 'COUNT', chunk)
local out = {''}
for i, e in ipairs(entries) do
  local entry = e[2][2]
  if (digit == '' or sub(entry, 1, 1) == digit) and (mark == '' or sub(entry, 2, 5) == mark) then
    local key = prefix .. sub(entry, 6)
    local head, state = '', nil
    if wanted ~= '' then state = stateOf(runs, sub(entry, 6), redis.call('GETRANGE', key, 0, ${LOG_ID_BYTES})) end
    if state and state ~= wanted then
      bytes = bytes - ${LOG_ID_BYTES}
    elseif text == '' or find(entry, text, 6, true) then
      head = headOf(key)
      bytes = bytes - #head
    else
      local record = redis.call('GETRANGE', key, 0, ${SEARCH_BYTES - 1})
      bytes = bytes - #record
      head = says(record) and sub(record, 1, ${HEAD_BYTES}) or ''
    end
    if head ~= '' then
      out[#out + 1] = entry
      out[#out + 1] = head
      out[#out + 1] = state or stateOf(runs, sub(entry, 6), head)
    end
    if #out > 3 * want or bytes < 0 then
      if i < #entries or #entries == chunk then out[1] = e[1] end
      return out
    end
  end
end
if #entries == chunk then out[1] = entries[chunk][1] end
return out
`);

/**
 * Pages through the log, newest first. A page may hold fewer rows than asked for, even none, with
 * `before` set, when a rare match would have meant searching for long.
 */
export async function readTaskPage(redis: Redis, keys: Keys, query: TaskQuery): Promise<TaskPage> {
  const tasks: TaskRow[] = [];
  // Nothing lies before the first id there can be, and Redis would call the range invalid.
  if (query.before === "0-0") return { tasks, before: null };
  const digit = query.priority === undefined ? "" : priorityDigit(query.priority);
  const mark = query.batchid === undefined ? "" : batchMark(query.batchid);
  const text = asciiLower(query.q ?? "");
  const char = query.state === undefined ? "" : STATE_CHARS[query.state];
  let from = query.before === undefined ? "+" : `(${query.before}`;
  const deadline = performance.now() + SEARCH_MS;
  do {
    const [reached, ...pairs] = await runScript<[string, ...string[]]>(
      redis,
      scanScript,
      [keys.log, keys.recordPrefix, keys.runPrefix],
      [from, SCAN_CHUNK, SCAN_CHUNK_BYTES, query.limit - tasks.length, digit, mark, text, char],
    );
    for (const row of decodeRows(pairs)) {
      // The log holds only a mark of the batch.
      if (query.batchid === undefined || row.batchid === query.batchid) tasks.push(row);
    }
    if (reached === "") return { tasks, before: null };
    from = `(${reached}`;
  } while (tasks.length < query.limit && performance.now() < deadline);
  return { tasks, before: from.slice(1) };
}

/** As Lua's `string.lower` does it in the C locale. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** At least one record, and no more than this together: whole tasks can be large. */
const FORWARD_BYTES = 262_144;

const forwardScript = defineScript(`
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
local out, bytes = {}, tonumber(ARGV[3])
for i, e in ipairs(entries) do
  local record = redis.call('GET', KEYS[2] .. string.sub(e[2][2], 6)) or ''
  out[2 * i - 1] = e[1]
  out[2 * i] = record
  bytes = bytes - #record
  if bytes < 0 then return out end
end
return out
`);

/** One received task with its place in the log. */
export interface LoggedTask {
  logId: string;
  /** Null when retention has already removed the record. */
  json: string | null;
}

/** Oldest first, after the given log id. */
export async function readForward(
  redis: Redis,
  keys: Keys,
  afterLogId: string,
  limit: number,
): Promise<LoggedTask[]> {
  const pairs = await runScript<string[]>(
    redis,
    forwardScript,
    [keys.log, keys.recordPrefix],
    [afterLogId, limit, FORWARD_BYTES],
  );
  const logged: LoggedTask[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const stored = decodeRecord(pairs[i + 1] ?? "");
    logged.push({ logId: pairs[i] ?? "", json: stored === null ? null : taskJson(stored) });
  }
  return logged;
}
