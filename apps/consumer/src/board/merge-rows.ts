import type { StateChange, TaskRow } from "@taskpulse/contract";

export interface MergedRows {
  /** Newest first. */
  rows: readonly TaskRow[];
  /** Those of `incoming` that were not there before. */
  fresh: readonly TaskRow[];
}

/**
 * Merges two lists that are both newest first. A row that is known keeps its place and takes what
 * the incoming one says. Neither list need be the newer one: a snapshot may name tasks that frames
 * before it, and after it, could not.
 */
export function mergeRows(
  incoming: readonly TaskRow[],
  known: readonly TaskRow[],
  cap: number,
): MergedRows {
  if (incoming.length === 0)
    return { rows: known.length > cap ? known.slice(0, cap) : known, fresh: [] };
  const places = new Map(known.map((row, index) => [row.taskid, index]));
  const seen = new Set<string>();
  const fresh: TaskRow[] = [];
  let base = known;
  let copied = false;
  for (const row of incoming) {
    if (seen.has(row.taskid)) continue;
    seen.add(row.taskid);
    const place = places.get(row.taskid);
    if (place === undefined) {
      fresh.push(row);
    } else if (base[place]?.state !== row.state) {
      base = copied ? base : [...base];
      copied = true;
      (base as TaskRow[])[place] = row;
    }
  }
  const rows = interleave(fresh, base);
  return { rows: rows.length > cap ? rows.slice(0, cap) : rows, fresh };
}

/** The same rows with the states that tasks are in now; changes of tasks that are not shown are passed over. */
export function changeStates(
  rows: readonly TaskRow[],
  changes: readonly StateChange[],
): readonly TaskRow[] {
  if (changes.length === 0) return rows;
  const states = new Map(changes.map(({ taskid, state }) => [taskid, state]));
  let changed = false;
  const out = rows.map((row) => {
    const state = states.get(row.taskid);
    if (state === undefined || state === row.state) return row;
    changed = true;
    return { ...row, state };
  });
  return changed ? out : rows;
}

/** In the order of the log. */
export function isNewer(a: TaskRow, b: TaskRow): boolean {
  return a.received_at === b.received_at ? a.seq > b.seq : a.received_at > b.received_at;
}

function interleave(first: readonly TaskRow[], second: readonly TaskRow[]): readonly TaskRow[] {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const out: TaskRow[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const a = first[i];
    const b = second[j];
    if (a === undefined) return out.concat(second.slice(j));
    if (b === undefined) return out.concat(first.slice(i));
    if (isNewer(a, b)) {
      out.push(a);
      i++;
    } else {
      out.push(b);
      j++;
    }
  }
}
