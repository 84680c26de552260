import type { TaskRow } from "@taskpulse/contract";
import { isNewer, mergeRows } from "./merge-rows.ts";
import type { ReadPage } from "./read-api.ts";
import { isFiltered, matchesFilter, type TaskFilter } from "./task-filter.ts";

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

/** While tasks stream in: more than a reader scrolls through before it is held. */
const MAX_LIVE_ROWS = 1_000;
/** While it is held and the reader walks back: memory stays bounded all the same. */
export const MAX_HELD_ROWS = 10_000;
/** A list shorter than this loads on by itself: there is nothing to scroll that would ask for it. */
const ENOUGH_ROWS = 60;

/**
 * The rows of one filter: what arrives live on top, what is asked of the server below. Held, it
 * stands still while someone reads, whatever arrives.
 */
export class TaskList {
  #view: TaskListView;
  #waiting: readonly TaskRow[] = [];
  /** Where the next older page begins; undefined when not known: ask from the newest. */
  #before: string | null | undefined;
  #abort: AbortController | null = null;
  #read: ReadPage;
  #changed: () => void;

  constructor(
    filter: TaskFilter,
    rows: readonly TaskRow[],
    before: string | null | undefined,
    read: ReadPage,
    changed: () => void,
  ) {
    this.#read = read;
    this.#changed = changed;
    this.#before = before;
    this.#view = {
      filter,
      rows,
      unseen: 0,
      held: false,
      loading: "no",
      searching: false,
      complete: before === null,
      failure: null,
    };
  }

  get view(): TaskListView {
    return this.#view;
  }

  arrived(fresh: readonly TaskRow[]): void {
    const { filter, held, unseen, rows } = this.#view;
    const matching = isFiltered(filter) ? fresh.filter((row) => matchesFilter(row, filter)) : fresh;
    if (matching.length === 0) return;
    if (held) {
      this.#waiting = mergeRows(matching, this.#waiting, MAX_LIVE_ROWS).rows;
      this.#set({ unseen: unseen + matching.length });
    } else {
      this.#show(mergeRows(matching, rows, MAX_LIVE_ROWS + 1).rows);
    }
  }

  /** Another store, or another filter: begins again, at the newest. */
  restart(filter: TaskFilter, rows: readonly TaskRow[]): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#before = undefined;
    this.#waiting = [];
    const shown = rows.filter((row) => matchesFilter(row, filter));
    this.#set({ filter, rows: shown, unseen: 0, complete: false, failure: null, loading: "no" });
    this.loadOlder();
    this.#set({ searching: isFiltered(filter) });
  }

  /** What could not be read may be readable again. */
  retryFailed(): void {
    if (this.#view.failure !== null) this.loadOlder();
  }

  hold(): void {
    if (this.#view.held) return;
    this.#set({ held: true });
    // Where to read on below must be asked now: later, a million tasks may lie in between.
    if (this.#before === undefined && this.#view.rows.length >= ENOUGH_ROWS) this.#load(1);
  }

  release(): void {
    if (!this.#view.held) return;
    const { rows } = mergeRows(this.#waiting, this.#view.rows, MAX_LIVE_ROWS + 1);
    this.#waiting = [];
    this.#set({ held: false, unseen: 0 });
    this.#show(rows);
  }

  /** The next rows below; reads as many pages as it takes to find some, one after the other. */
  loadOlder(): void {
    this.#load(Number.POSITIVE_INFINITY);
  }

  #load(pages: number): void {
    if (this.#abort !== null || this.#view.complete || this.#view.rows.length >= MAX_HELD_ROWS) {
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.#set({ loading: this.#view.rows.length === 0 ? "first" : "older", failure: null });
    // Never rejects: a failure is an answer.
    void this.#readOn(pages, abort.signal).then((failure) => {
      if (abort.signal.aborted) return;
      this.#abort = null;
      this.#set({ loading: "no", searching: false, failure });
    });
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Null, or why it failed. */
  async #readOn(pages: number, signal: AbortSignal): Promise<string | null> {
    const last = this.#view.rows.at(-1)?.taskid;
    for (let page = 0; page < pages; page++) {
      const answer = await this.#read(this.#view.filter, this.#before ?? undefined, signal);
      if (signal.aborted) return null;
      if (!answer.ok) return answer.reason;
      const { tasks, before } = answer.value;
      this.#before = before;
      this.#append(tasks);
      if (before === null) return null;
      const { rows, held } = this.#view;
      if (rows.length >= (held ? MAX_HELD_ROWS : MAX_LIVE_ROWS)) return null;
      if (rows.at(-1)?.taskid !== last && rows.length >= ENOUGH_ROWS) return null;
    }
    return null;
  }

  #append(page: readonly TaskRow[]): void {
    const { rows, held } = this.#view;
    const top = held ? rows[0] : undefined;
    // What came after the list was held waits with the rest.
    const below = top ? page.filter((row) => !isNewer(row, top)) : page;
    const merged = mergeRows(below, rows, held ? MAX_HELD_ROWS : MAX_LIVE_ROWS).rows;
    this.#set({ rows: merged, complete: this.#before === null });
  }

  /** Live rows; when the oldest are let go, where to read on below is no longer known. */
  #show(rows: readonly TaskRow[]): void {
    if (rows.length <= MAX_LIVE_ROWS) {
      this.#set({ rows });
    } else {
      this.#before = undefined;
      this.#set({ rows: rows.slice(0, MAX_LIVE_ROWS), complete: false });
    }
  }

  #set(change: Partial<TaskListView>): void {
    this.#view = { ...this.#view, ...change };
    this.#changed();
  }
}
