import type { TaskRow } from "@taskpulse/contract";
import type { Clock } from "./polite-repeat.ts";
import type { ReadPage, ReadRows } from "./read-api.ts";
import type { TaskFilter } from "./task-filter.ts";

/** What the list shows. A new object whenever anything in it changes. */
export interface TaskListView {
  filter: TaskFilter;
  /** Newest first. */
  rows: readonly TaskRow[];
  /** Arrived, and match, since the list is held. */
  unseen: number;
  held: boolean;
  /** `first`: nothing to show yet for this filter. `older`: below what is shown. */
  loading: "no" | "first" | "older";
  /** The first answer for another filter is on its way. */
  searching: boolean;
  /** Everything that the store still has is shown. */
  complete: boolean;
  /** Why the last read failed. */
  failure: string | null;
}

export interface ListStart {
  filter: TaskFilter;
  rows: readonly TaskRow[];
  /** Where the next older page begins; undefined when not known. */
  before: string | null | undefined;
}

/** What the list's owner provides. */
export interface ListPorts {
  readPage: ReadPage;
  readRows: ReadRows;
  clock: Clock;
  /** A row that is known, whether or not it is listed. */
  known: (taskid: string) => TaskRow | undefined;
  /** The view is another one. */
  changed: () => void;
}
