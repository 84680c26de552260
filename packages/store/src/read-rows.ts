import type { TaskRow } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { decodeRecord, stateOf, toRow } from "./record.ts";
import { ROW_LUA } from "./row-lua.ts";
import { defineScript, runScript } from "./script.ts";

/** KEYS record prefix, run prefix. ARGV taskids. Reply: head of the record and state character in turn. */
const rowsScript = defineScript(`${ROW_LUA}
local out = {}
for i, id in ipairs(ARGV) do
  local head = headOf(KEYS[1] .. id)
  out[2 * i - 1] = head
  out[2 * i] = stateOf(KEYS[2], id, head)
end
return out
`);

/** Rows as they are now, in the order asked for; those of tasks that are not kept are left out. */
export async function readRows(
  redis: Redis,
  keys: Keys,
  taskids: readonly string[],
): Promise<TaskRow[]> {
  const pairs = await runScript<string[]>(
    redis,
    rowsScript,
    [keys.recordPrefix, keys.runPrefix],
    [...taskids],
  );
  return taskids.flatMap((taskid, i) => {
    const stored = decodeRecord(pairs[2 * i] ?? "");
    return stored === null ? [] : [toRow(taskid, stored, stateOf(pairs[2 * i + 1] ?? ""))];
  });
}
