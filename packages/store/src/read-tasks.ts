import type {
  Priority,
  Summary,
  Task,
  TaskDetail,
  TaskPage,
  TaskRow,
  TaskState,
} from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { batchMark } from "./identity.ts";
import type { Keys } from "./keys.ts";
import { toCursor } from "./log-position.ts";
import { decodeRecord, priorityDigit, type StoredTask, taskidOfEntry, toRow } from "./record.ts";
import { publicTotals } from "./relay-frames.ts";
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
  const cursor = toCursor(epoch, { id: stored.lastId, total: stored.total });
  return { epoch, cursor, ...publicTotals(stored) };
}

/** Null when there is no such task, or when retention has removed it. */
export async function readTask(
  redis: Redis,
  keys: Keys,
  taskid: string,
): Promise<TaskDetail | null> {
  const record = await redis.get(keys.recordPrefix + taskid);
  const stored = record === null ? null : decodeRecord(record);
  if (stored === null) return null;
  const row = toRow(taskid, stored);
  return {
    ...row,
    task: JSON.parse(stored.json) as Task,
    webhook_id: stored.webhookId === "" ? null : stored.webhookId,
    timeline: [{ at: row.received_at, event: "received" }],
    attempts: [],
  };
}

export interface TaskQuery {
  priority?: Priority | undefined;
  state?: TaskState | undefined;
  batchid?: string | undefined;
  /** Text that the task's JSON must contain, in any case (ASCII). */
  q?: string | undefined;
  /** A log id that an earlier page gave. */
  before?: string | undefined;
  /** How many rows at most. */
  limit: number;
}

/** How many log entries one script call looks at: well under a millisecond of Redis' time. */
const SCAN_CHUNK = 500;
/** How many log entries one page looks at before it hands back what it has, and where to go on. */
const SCAN_LIMIT = 50_000;

/**
 * Newest first from ARGV[1], at most ARGV[2] entries and ARGV[3] hits, filtered by priority digit,
 * batch mark and text (each '' for any). Reply: log id reached ('' at the end of the log), then
 * entry and record in turn.
 */
const scanScript = defineScript(`
local log, prefix = KEYS[1], KEYS[2]
local chunk, want = tonumber(ARGV[2]), tonumber(ARGV[3])
local digit, mark, text = ARGV[4], ARGV[5], ARGV[6]
local entries = redis.call('XREVRANGE', log, ARGV[1], '-', 'COUNT', chunk)
local out = {''}
for i, e in ipairs(entries) do
  local entry = e[2][2]
  if (digit == '' or string.sub(entry, 1, 1) == digit) and (mark == '' or string.sub(entry, 2, 5) == mark) then
    local record = redis.call('GET', prefix .. string.sub(entry, 6))
    if record and (text == '' or string.find(string.lower(record), text, 1, true)
      or string.find(entry, text, 6, true)) then
      out[#out + 1] = entry
      out[#out + 1] = record
      if #out > 2 * want then
        if i < #entries or #entries == chunk then out[1] = e[1] end
        return out
      end
    end
  end
end
if #entries == chunk then out[1] = entries[chunk][1] end
return out
`);

/**
 * Pages through the log, newest first. A page may hold fewer rows than asked for, even none, with
 * `before` set, when a rare match would have meant reading very far.
 */
export async function readTaskPage(redis: Redis, keys: Keys, query: TaskQuery): Promise<TaskPage> {
  const tasks: TaskRow[] = [];
  // Until tasks are run, every task is in the state `received`.
  if (query.state !== undefined && query.state !== "received") return { tasks, before: null };
  const digit = query.priority === undefined ? "" : priorityDigit(query.priority);
  const mark = query.batchid === undefined ? "" : batchMark(query.batchid);
  const text = asciiLower(query.q ?? "");
  let from = query.before === undefined ? "+" : `(${query.before}`;
  for (let scanned = 0; scanned < SCAN_LIMIT; scanned += SCAN_CHUNK) {
    const [reached, ...pairs] = await runScript<[string, ...string[]]>(
      redis,
      scanScript,
      [keys.log, keys.recordPrefix],
      [from, SCAN_CHUNK, query.limit - tasks.length, digit, mark, text],
    );
    for (const { row, stored } of decodePairs(pairs)) {
      if (matches(row, stored, query, text)) tasks.push(row);
    }
    if (reached === "") return { tasks, before: null };
    if (tasks.length >= query.limit) return { tasks, before: reached };
    from = `(${reached}`;
  }
  return { tasks, before: from.slice(1) };
}

/** The script compares marks and whole records; what counts is the batch and the task's text. */
function matches(row: TaskRow, stored: StoredTask, query: TaskQuery, text: string): boolean {
  if (query.batchid !== undefined && row.batchid !== query.batchid) return false;
  return text === "" || asciiLower(stored.json).includes(text) || row.taskid.includes(text);
}

/** As Lua's `string.lower` does it in the C locale. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function* decodePairs(pairs: readonly string[]): Generator<{ row: TaskRow; stored: StoredTask }> {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const taskid = taskidOfEntry(pairs[i] ?? "");
    const stored = decodeRecord(pairs[i + 1] ?? "");
    if (taskid !== null && stored !== null) yield { row: toRow(taskid, stored), stored };
  }
}

const forwardScript = defineScript(`
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
local keys, out = {}, {}
for i, e in ipairs(entries) do keys[i] = KEYS[2] .. string.sub(e[2][2], 6) end
if #keys == 0 then return out end
local records = redis.call('MGET', unpack(keys))
for i, e in ipairs(entries) do
  out[2 * i - 1] = e[1]
  out[2 * i] = records[i] or ''
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
    [afterLogId, limit],
  );
  const logged: LoggedTask[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    logged.push({ logId: pairs[i] ?? "", json: decodeRecord(pairs[i + 1] ?? "")?.json ?? null });
  }
  return logged;
}
