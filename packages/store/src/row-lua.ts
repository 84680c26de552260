import type { TaskRow } from "@taskpulse/contract";
import { decodeRecord, HEAD_BYTES, stateOf, taskidOfEntry, toRow } from "./record.ts";

/** How much of a record holds its log id and whether it is run, at the most. */
export const LOG_ID_BYTES = 40;

/**
 * What lists show of a task is the head of its record and, where it is run, its state. The records
 * of tasks that are only recorded say so, and cost no second look.
 */
export const ROW_LUA = `#!lua flags=allow-oom
local function headOf(key) return redis.call('GETRANGE', key, 0, ${HEAD_BYTES - 1}) end
local function stateOf(runs, id, head)
  if not string.find(head, '^%d+%-%d+%*') then return 'r' end
  return redis.call('HGET', runs .. id, 's') or 'r'
end
`;

/** From triples of log entry, head of the record and state character; removed tasks are left out. */
export function decodeRows(triples: readonly string[]): TaskRow[] {
  const rows: TaskRow[] = [];
  for (let i = 0; i + 2 < triples.length; i += 3) {
    const taskid = taskidOfEntry(triples[i] ?? "");
    const stored = decodeRecord(triples[i + 1] ?? "");
    if (taskid !== null && stored !== null) {
      rows.push(toRow(taskid, stored, stateOf(triples[i + 2] ?? "")));
    }
  }
  return rows;
}
