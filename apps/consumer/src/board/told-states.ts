import type { StateChange, TaskRow, TaskState } from "@taskpulse/contract";

/**
 * An answer over HTTP may be older than what frames told while it was on its way. So what they tell
 * meanwhile is noted for each read, and outranks the answer. The other way round nothing is needed:
 * whatever happens after the answer was made is told by a later frame.
 */
export class ToldStates {
  #open = new Set<Map<string, TaskState>>();

  tell(changes: readonly StateChange[]): void {
    for (const told of this.#open) {
      for (const { taskid, state } of changes) told.set(taskid, state);
    }
  }

  /** To be called as a read begins; the returned function at its end, once. */
  begin(): (rows: readonly TaskRow[]) => readonly TaskRow[] {
    const told = new Map<string, TaskState>();
    this.#open.add(told);
    return (rows) => {
      this.#open.delete(told);
      if (told.size === 0) return rows;
      return rows.map((row) => {
        const state = told.get(row.taskid);
        return state === undefined || state === row.state ? row : { ...row, state };
      });
    };
  }
}
