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

/** Where each row of a list stands. Made once for a list, however many changes it then takes. */
export class Places {
  #rows: readonly TaskRow[] = [];
  #places = new Map<string, number>();

  of(rows: readonly TaskRow[]): ReadonlyMap<string, number> {
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#places = new Map(rows.map((row, index) => [row.taskid, index]));
    }
    return this.#places;
  }

  /**
   * The same rows with the states that tasks are in now; changes of tasks that are not listed are
   * passed over. Apart from a copy of the list, it costs what the changes are, not what is listed.
   */
  change(rows: readonly TaskRow[], changes: readonly StateChange[]): readonly TaskRow[] {
    if (changes.length === 0 || rows.length === 0) return rows;
    const places = this.of(rows);
    let out: TaskRow[] | null = null;
    for (const { taskid, state } of changes) {
      const place = places.get(taskid);
      if (place === undefined) continue;
      const row = (out ?? rows)[place];
      if (row === undefined || row.state === state) continue;
      out ??= [...rows];
      out[place] = { ...row, state };
    }
    if (out === null) return rows;
    this.#rows = out;
    return out;
  }
}

/** In the order of the log. */
export function isNewer(a: TaskRow, b: TaskRow): boolean {
  return a.received_at === b.received_at ? a.seq > b.seq : a.received_at > b.received_at;
}

export function newestFirst(rows: readonly TaskRow[]): TaskRow[] {
  return rows.toSorted((a, b) => (isNewer(a, b) ? -1 : 1));
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
