import type { StateChange, TaskRow } from "@taskpulse/contract";
import { ListRows, MAX_HELD_ROWS, MAX_LIVE_ROWS } from "./list-rows.ts";
import type { ListPorts, ListStart, TaskListView } from "./list-view.ts";
import { newestFirst } from "./merge-rows.ts";
import { PoliteRepeat, type WorkOutcome } from "./polite-repeat.ts";
import type { ApiAnswer } from "./read-api.ts";
import { RowRefresh } from "./row-refresh.ts";
import { isFiltered, matchesFilter, type TaskFilter } from "./task-filter.ts";
import { ToldStates } from "./told-states.ts";

/** A list shorter than this loads on by itself: there is nothing to scroll that would ask for it. */
const ENOUGH_ROWS = 60;
/** A search for a rare state walks far through the log. */
const LOOK_AGAIN = { quietMs: 500, spacingMs: 3_000, restFactor: 20 };

/**
 * The rows of one filter: what arrives live on top, what is asked of the server below. Held, it
 * stands still while someone reads, whatever arrives; only the states of its rows change.
 */
export class TaskList {
  #view: TaskListView;
  #rows: ListRows;
  /** Where the next older page begins; undefined when not known: ask from the newest. */
  #before: string | null | undefined;
  #abort: AbortController | null = null;
  #ports: ListPorts;
  #told = new ToldStates();
  #refresh: RowRefresh;
  #lookAgain: PoliteRepeat;
  #doubted = false;

  constructor({ filter, rows, before }: ListStart, ports: ListPorts) {
    this.#ports = ports;
    this.#before = before;
    this.#rows = new ListRows(rows);
    this.#refresh = new RowRefresh(
      (taskids, signal) => this.#readNow(ports.readRows(taskids, signal)),
      ports.clock,
      (rows) => this.#learned(rows),
    );
    this.#lookAgain = new PoliteRepeat((signal) => this.#readTop(signal), ports.clock, LOOK_AGAIN);
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

  /** Tasks that were not known before, newest first. */
  arrived(fresh: readonly TaskRow[]): void {
    const { filter, held, unseen } = this.#view;
    const matching = isFiltered(filter) ? fresh.filter((row) => matchesFilter(row, filter)) : fresh;
    if (matching.length === 0) return;
    if (held) {
      this.#set({ unseen: unseen + this.#rows.wait(matching) });
    } else {
      this.#shown(this.#rows.add(matching));
    }
  }

  changed(changes: readonly StateChange[]): void {
    if (changes.length === 0) return;
    this.#told.tell(changes);
    this.#applyStates(changes);
    const { state } = this.#view.filter;
    if (state === undefined) return;
    const entered: TaskRow[] = [];
    for (const change of changes) {
      if (change.state !== state || this.#rows.has(change.taskid)) continue;
      const row = this.#ports.known(change.taskid);
      if (row === undefined) this.#refresh.want(change.taskid);
      else entered.push({ ...row, state });
    }
    this.#entered(entered);
  }

  /** More has changed than was told. */
  doubt(): void {
    this.#doubted = true;
    this.#refresh.doubt();
    if (this.#view.filter.state !== undefined) this.#lookAgain.wish();
  }

  /** These rows are on the screen. */
  look(taskids: readonly string[]): void {
    this.#refresh.look(taskids);
  }

  /** Another store, or another filter: begins again, at the newest. */
  restart(filter: TaskFilter, rows: readonly TaskRow[]): void {
    this.stop();
    this.#before = undefined;
    this.#rows.start(rows.filter((row) => matchesFilter(row, filter)));
    this.#set({ filter, unseen: 0, complete: false, failure: null, loading: "no" });
    this.loadOlder();
    this.#set({ searching: isFiltered(filter) });
    // What was known before the first doubt may be no longer so.
    if (this.#doubted) this.#refresh.doubt();
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
    const cut = this.#rows.release(this.#keeps);
    this.#set({ held: false, unseen: 0 });
    this.#shown(cut);
  }

  /** The next rows below; reads as many pages as it takes to find some, one after the other. */
  loadOlder(): void {
    this.#load(Number.POSITIVE_INFINITY);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#refresh.stop();
    this.#lookAgain.stop();
  }

  readonly #keeps = (row: TaskRow): boolean => {
    const { state } = this.#view.filter;
    return state === undefined || row.state === state;
  };

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

  /** Null, or why it failed. */
  async #readOn(pages: number, signal: AbortSignal): Promise<string | null> {
    let found = 0;
    for (let page = 0; page < pages; page++) {
      const answer = await this.#readNow(
        this.#ports.readPage(this.#view.filter, this.#before ?? undefined, signal),
      );
      if (signal.aborted) return null;
      if (!answer.ok) return answer.reason;
      const { tasks, before } = answer.value;
      this.#before = before;
      // Since it was read, some may have come into another state.
      const read = this.#rows.append(tasks.filter(this.#keeps), this.#view.held);
      found += read.found;
      this.#set({ complete: before === null, unseen: this.#view.unseen + read.waits });
      if (before === null) return null;
      const { rows, held } = this.#view;
      if (rows.length >= (held ? MAX_HELD_ROWS : MAX_LIVE_ROWS)) return null;
      if (found > 0 && rows.length >= ENOUGH_ROWS) return null;
    }
    return null;
  }

  /** What came into the list's state may have been missed: the newest of the store's answer. */
  async #readTop(signal: AbortSignal): Promise<WorkOutcome> {
    const answer = await this.#readNow(this.#ports.readPage(this.#view.filter, undefined, signal));
    if (signal.aborted) return "done";
    if (!answer.ok) return "failed";
    this.#learned(answer.value.tasks);
    return "done";
  }

  async #readNow<T extends { tasks: readonly TaskRow[] }>(
    read: Promise<ApiAnswer<T>>,
  ): Promise<ApiAnswer<T>> {
    const correct = this.#told.begin();
    const answer = await read;
    if (!answer.ok) {
      correct([]);
      return answer;
    }
    return { ok: true, value: { ...answer.value, tasks: correct(answer.value.tasks) } };
  }

  /** Rows as the store has them: listed ones, and ones that may have to be. */
  #learned(rows: readonly TaskRow[]): void {
    this.#applyStates(rows);
    this.#entered(rows.filter((row) => !this.#rows.has(row.taskid)));
  }

  #applyStates(changes: readonly StateChange[]): void {
    const { held, unseen } = this.#view;
    const { changed, left } = this.#rows.change(changes, this.#keeps, held);
    if (changed || left > 0) this.#set({ unseen: unseen - left });
  }

  /** Tasks that came into the list's state, wherever their places are. */
  #entered(rows: readonly TaskRow[]): void {
    if (rows.length > 0) this.arrived(newestFirst(rows));
  }

  /** When the oldest were let go, where to read on below is no longer known. */
  #shown(cut: boolean): void {
    if (cut) this.#before = undefined;
    this.#set(cut ? { complete: false } : {});
  }

  #set(change: Partial<Omit<TaskListView, "rows">>): void {
    this.#view = { ...this.#view, ...change, rows: this.#rows.shown };
    this.#ports.changed();
  }
}
