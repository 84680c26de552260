import { PRIORITIES, type Priority, type TaskRow } from "@taskpulse/contract";

/** What the list shows; kept in the page's address, so that a view can be shared. */
export interface TaskFilter {
  priority: Priority | undefined;
  batchid: string | undefined;
  /** Text that the task must contain, in any case. */
  q: string | undefined;
}

const LONGEST = 200;

export function readFilter(query: URLSearchParams): TaskFilter {
  const text = (name: string) => query.get(name)?.trim().slice(0, LONGEST) || undefined;
  const priority = query.get("priority");
  return {
    priority: PRIORITIES.find((p) => p === priority),
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

export function isFiltered({ priority, batchid, q }: TaskFilter): boolean {
  return priority !== undefined || batchid !== undefined || q !== undefined;
}

/** Whether a live row belongs into the list: as the server decides for the fields that rows have. */
export function matchesFilter(row: TaskRow, { priority, batchid, q }: TaskFilter): boolean {
  if (priority !== undefined && row.priority !== priority) return false;
  if (batchid !== undefined && row.batchid !== batchid) return false;
  if (q === undefined) return true;
  const text = q.toLowerCase();
  const record = { batchid: row.batchid, id: row.id, owner: row.owner, priority: row.priority };
  return row.taskid.includes(text) || JSON.stringify(record).toLowerCase().includes(text);
}
