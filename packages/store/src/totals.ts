import {
  PRIORITIES,
  type PriorityTotals,
  type StateTotals,
  TASK_STATES,
  type Totals,
} from "@taskpulse/contract";

/** The totals hash as Redis returns it from a script: field, value, field, value … */
export interface StoredTotals extends Totals {
  duplicates: number;
  conflicts: number;
  /** The log id of the newest entry ever written; `0-0` before the first. */
  lastId: string;
  /** The id of the newest change of state; `0-0` before the first. */
  lastChange: string;
}

export function decodeTotals(flat: readonly string[]): StoredTotals {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? "", flat[i + 1] ?? "");
  const count = (field: string) => Number(fields.get(field) ?? 0);
  return {
    total: count("total"),
    byPriority: Object.fromEntries(PRIORITIES.map((p, i) => [p, count(`p${i}`)])) as PriorityTotals,
    byState: Object.fromEntries(TASK_STATES.map((s) => [s, count(`s:${s}`)])) as StateTotals,
    duplicates: count("duplicates"),
    conflicts: count("conflicts"),
    changes: count("changes"),
    lastId: fields.get("last") ?? "0-0",
    lastChange: fields.get("change") ?? "0-0",
  };
}
