import type {
  DeadLetter,
  DeadLetterPage,
  FailureType,
  Priority,
  TaskError,
} from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { deadLua } from "./dead-lua.ts";
import type { Keys } from "./keys.ts";
import { asciiLower } from "./read-tasks.ts";
import { decodeRecord, priorityDigit, toRow } from "./record.ts";
import { RUN_LUA } from "./run-lua.ts";
import { defineScript, runScript } from "./script.ts";

export interface DeadLetterQuery {
  priority?: Priority | undefined;
  batchid?: string | undefined;
  /** Text that the first 64 KiB of the task's JSON, its taskid or its error must contain, in any case (ASCII). */
  q?: string | undefined;
  type?: FailureType | undefined;
  /** What an earlier page gave: `<ms>-<taskid>`. */
  before?: string | undefined;
  /** How many at most. */
  limit: number;
}

/** How many one script call looks at, and how many bytes it reads: about 1 ms of Redis. */
const CHUNK = 300;
const CHUNK_BYTES = 262_144;
/** How long one page searches before it hands back what it has, and where to go on. */
const SEARCH_MS = 500;
/** Later than any, and after every taskid. */
const NEWEST = { ms: "9007199254740991", id: "~" };

/**
 * KEYS the shard's prefix. ARGV ms and taskid of the last seen, most to look at, bytes, most hits, filter.
 * Reply: how many there are, '' at the end of the list or else ms and taskid reached, then taskid, ms,
 * head of the record, error, round and attempts in turn.
 */
const pageScript = defineScript(`#!lua flags=no-writes,allow-oom
${RUN_LUA}
local chunk, bytes, want = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
${deadLua(6)}
local listed = deadAfter(ARGV[1], ARGV[2], chunk)
local out = {call('ZCARD', DEAD), '', ''}
for i = 1, #listed, 2 do
  local id, ms = listed[i], listed[i + 1]
  local run = call('HMGET', RUN .. id, 's', 'p', 'o', 'n')
  if run[1] == 'f' then
    local result = errorOf(id)
    local fit, head = fits(id, run[2], result)
    if fit and head then
      for _, part in ipairs({id, ms, head, result, run[3], run[4]}) do out[#out + 1] = part end
    end
  end
  if #out >= 3 + 6 * want or bytes < 0 or (i == #listed - 1 and #listed == 2 * chunk) then
    if i < #listed - 1 or #listed == 2 * chunk then out[2], out[3] = ms, id end
    return out
  end
end
return out
`);

/**
 * Tasks that failed for good, latest failure first. A page may hold fewer than asked for, even none, with
 * `before` set, when a rare match would have meant searching for long.
 */
export async function readDeadLetters(
  redis: Redis,
  keys: Keys,
  query: DeadLetterQuery,
): Promise<DeadLetterPage> {
  const filter = filterArgs(query);
  const tasks: DeadLetter[] = [];
  const split = query.before?.indexOf("-") ?? -1;
  let { ms, id } = NEWEST;
  if (query.before !== undefined && split > 0) {
    ms = query.before.slice(0, split);
    id = query.before.slice(split + 1);
  }
  const deadline = performance.now() + SEARCH_MS;
  for (;;) {
    const [total, reachedMs, reachedId, ...found] = await runScript<
      [number, string, string, ...string[]]
    >(
      redis,
      pageScript,
      [keys.shard],
      [ms, id, CHUNK, CHUNK_BYTES, query.limit - tasks.length, ...filter],
    );
    tasks.push(...decodeLetters(found));
    if (reachedMs === "") return { tasks, total, before: null };
    ms = reachedMs;
    id = reachedId;
    if (tasks.length >= query.limit || performance.now() >= deadline) {
      return { tasks, total, before: `${ms}-${id}` };
    }
  }
}

/** As `deadLua` takes them. */
export function filterArgs(
  query: Pick<DeadLetterQuery, "priority" | "batchid" | "q" | "type">,
): string[] {
  const { priority, batchid = "", q = "", type = "" } = query;
  return [priority === undefined ? "" : priorityDigit(priority), batchid, asciiLower(q), type];
}

function decodeLetters(found: readonly string[]): DeadLetter[] {
  const letters: DeadLetter[] = [];
  for (let i = 0; i + 5 < found.length; i += 6) {
    const [taskid = "", ms, head = "", error = "", round, attempts] = found.slice(i, i + 6);
    const stored = decodeRecord(head);
    if (stored === null || error === "") continue;
    letters.push({
      ...toRow(taskid, stored, "failed"),
      failed_at: new Date(Number(ms)).toISOString(),
      error: JSON.parse(error) as TaskError,
      round: Number(round),
      attempts: Number(attempts),
    });
  }
  return letters;
}
