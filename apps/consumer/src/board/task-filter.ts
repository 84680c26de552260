import {
  PRIORITIES,
  type Priority,
  TASK_STATES,
  type TaskRow,
  type TaskState,
} from "@taskpulse/contract";

/** What the list shows; kept in the page's address, so that a view can be shared. */
export interface TaskFilter {
  priority: Priority | undefined;
  state: TaskState | undefined;
  batchid: string | undefined;
  /** Text that the task must contain, in any case. */
  q: string | undefined;
}

export const NO_FILTER: TaskFilter = {
  ...{ priority: undefined, state: undefined },
  ...{ batchid: undefined, q: undefined },
};

const LONGEST = 200;

export function readFilter(query: URLSearchParams): TaskFilter {
  const text = (name: string) => query.get(name)?.trim().slice(0, LONGEST) || undefined;
  const priority = query.get("priority");
  const state = query.get("state");
  return {
    priority: PRIORITIES.find((p) => p === priority),
    state: TASK_STATES.find((s) => s === state),
    batchid: text("batchid"),
    q: text("q"),
  };
}

/** Sets the filter's part of an address's query and leaves the rest alone. */
export function writeFilter(query: URLSearchParams, filter: Partial<TaskFilter>): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(filter)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

export function isFiltered(filter: TaskFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

/** Whether a live row belongs into the list: as the server decides for the fields that rows have. */
export function matchesFilter(row: TaskRow, filter: TaskFilter): boolean {
  const { priority, state, batchid, q } = filter;
  if (priority !== undefined && row.priority !== priority) return false;
  if (state !== undefined && row.state !== state) return false;
  if (batchid !== undefined && row.batchid !== batchid) return false;
  if (q === undefined) return true;
  const text = q.toLowerCase();
  const record = { batchid: row.batchid, id: row.id, owner: row.owner, priority: row.priority };
  return row.taskid.includes(text) || JSON.stringify(record).toLowerCase().includes(text);
}
