import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import type { EncodedTask } from "./record.ts";
import { defineScript, runScript } from "./script.ts";

/**
 * Stores tasks: de-duplicates by identity, writes record and log entry, raises the totals. All of
 * one call becomes durable together; a repeated identity changes nothing but two counters.
 *
 * KEYS log, totals, record prefix. ARGV pairs of log entry and record tail.
 * Reply: one character per task: 0 stored, 1 duplicate, 2 duplicate with other fields.
 */
const commitScript = defineScript(`
local log, totals, prefix = KEYS[1], KEYS[2], KEYS[3]
local call, sub = redis.call, string.sub
local counts = {0, 0, 0, 0}
local outcomes = {}
local stored, duplicates, conflicts, last = 0, 0, 0, nil
for i = 1, #ARGV, 2 do
  local entry, tail = ARGV[i], ARGV[i + 1]
  local key = prefix .. sub(entry, 6)
  local known = call('GET', key)
  local outcome
  if not known then
    last = call('XADD', log, '*', 'r', entry)
    call('SET', key, last .. '\\n' .. tail)
    local p = string.byte(entry) - 47
    counts[p] = counts[p] + 1
    stored = stored + 1
    outcome = '0'
  else
    local body = sub(tail, string.find(tail, '\\n', 1, true) + 1)
    local same
    if sub(known, 1, 1) == '-' then
      same = sub(known, 3) == redis.sha1hex(body)
    else
      same = sub(known, -#body - 1) == '\\n' .. body
    end
    duplicates = duplicates + 1
    outcome = '1'
    if not same then
      conflicts = conflicts + 1
      outcome = '2'
    end
  end
  outcomes[#outcomes + 1] = outcome
end
if stored > 0 then
  for p = 1, 4 do
    if counts[p] > 0 then call('HINCRBY', totals, 'p' .. (p - 1), counts[p]) end
  end
  call('HINCRBY', totals, 's:received', stored)
  call('HINCRBY', totals, 'total', stored)
  call('HSET', totals, 'last', last)
end
if duplicates > 0 then call('HINCRBY', totals, 'duplicates', duplicates) end
if conflicts > 0 then call('HINCRBY', totals, 'conflicts', conflicts) end
return table.concat(outcomes)
`);

/** Resolves, once the tasks are on disk as far as Redis is set to, with one digit per task. */
export function commitTasks(
  redis: Redis,
  keys: Keys,
  tasks: readonly EncodedTask[],
): Promise<string> {
  const args: string[] = [];
  for (const task of tasks) args.push(task.entry, task.tail);
  return runScript<string>(redis, commitScript, [keys.log, keys.totals, keys.recordPrefix], args);
}
