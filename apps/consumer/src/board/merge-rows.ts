import type { TaskRow } from "@taskpulse/contract";

export interface MergedRows {
  /** Newest first. */
  rows: readonly TaskRow[];
  /** Those of `incoming` that were not there before. */
  fresh: readonly TaskRow[];
}

/**
 * Merges two lists that are both newest first. A row that is known keeps its place and takes what
 * the incoming one says. Rows of the same millisecond: the incoming ones come first, as the log's
 * order has it when they are newer; pass `incomingIsOlder` where they are not.
 */
export function mergeRows(
  incoming: readonly TaskRow[],
  known: readonly TaskRow[],
  cap: number,
  incomingIsOlder = false,
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
  const rows = incomingIsOlder ? interleave(base, fresh) : interleave(fresh, base);
  return { rows: rows.length > cap ? rows.slice(0, cap) : rows, fresh };
}

/** On equal times the first list goes first. */
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
    if (a.received_at >= b.received_at) {
      out.push(a);
      i++;
    } else {
      out.push(b);
      j++;
    }
  }
}
