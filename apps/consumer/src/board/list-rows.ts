import type { StateChange, TaskRow } from "@taskpulse/contract";
import { isNewer, mergeRows, Places } from "./merge-rows.ts";

/** While tasks stream in: more than a reader scrolls through before it is held. */
export const MAX_LIVE_ROWS = 1_000;
/** While it is held and the reader walks back: memory stays bounded all the same. */
export const MAX_HELD_ROWS = 10_000;

/** Which rows stay when they come into another state. */
export type Keeps = (row: TaskRow) => boolean;

/** The rows of a list, newest first, and those that wait while it is held. */
export class ListRows {
  #shown: readonly TaskRow[];
  #waiting: readonly TaskRow[] = [];
  #places = new Places();
  #waitingPlaces = new Places();

  constructor(shown: readonly TaskRow[]) {
    this.#shown = shown;
  }

  get shown(): readonly TaskRow[] {
    return this.#shown;
  }

  has(taskid: string): boolean {
    return (
      this.#places.of(this.#shown).has(taskid) || this.#waitingPlaces.of(this.#waiting).has(taskid)
    );
  }

  start(shown: readonly TaskRow[]): void {
    this.#shown = shown;
    this.#waiting = [];
  }

  /** @returns whether the oldest had to be let go */
  add(rows: readonly TaskRow[]): boolean {
    const merged = mergeRows(rows, this.#shown, MAX_LIVE_ROWS + 1).rows;
    this.#shown = merged.slice(0, MAX_LIVE_ROWS);
    return merged.length > MAX_LIVE_ROWS;
  }

  /** @returns how many of them did not wait yet */
  wait(rows: readonly TaskRow[]): number {
    const { rows: waiting, fresh } = mergeRows(rows, this.#waiting, MAX_LIVE_ROWS);
    this.#waiting = waiting;
    return fresh.length;
  }

  /** What waited is shown. @returns whether the oldest had to be let go */
  release(keeps: Keeps): boolean {
    const waited = this.#waiting;
    this.#waiting = [];
    this.#shown = this.#shown.filter(keeps);
    return this.add(waited);
  }

  /**
   * What belongs above a list that is held waits with the rest.
   *
   * @returns how many of them were not listed yet, and how many did not wait yet
   */
  append(page: readonly TaskRow[], held: boolean): { found: number; waits: number } {
    const top = held ? this.#shown[0] : undefined;
    const isAbove = (row: TaskRow) => top !== undefined && isNewer(row, top);
    const below = top === undefined ? page : page.filter((row) => !isAbove(row));
    const waits = below.length === page.length ? 0 : this.wait(page.filter(isAbove));
    const cap = held ? MAX_HELD_ROWS : MAX_LIVE_ROWS;
    const { rows, fresh } = mergeRows(below, this.#shown, cap);
    this.#shown = rows;
    return { found: fresh.length, waits };
  }

  /**
   * Live, a row that is no longer to be kept leaves; held, it stays where it is read.
   *
   * @returns whether a shown row has changed, and how many that waited have left
   */
  change(
    changes: readonly StateChange[],
    keeps: Keeps,
    held: boolean,
  ): { changed: boolean; left: number } {
    const before = this.#shown;
    const after = this.#places.change(before, changes);
    if (after !== before) this.#shown = held ? after : filterChanged(after, keeps);
    const waiting = this.#waitingPlaces.change(this.#waiting, changes);
    const waited = waiting.length;
    if (waiting !== this.#waiting) this.#waiting = filterChanged(waiting, keeps);
    return { changed: after !== before, left: waited - this.#waiting.length };
  }
}

/** The very same list where all are kept: what is known of its places stays so. */
function filterChanged(rows: readonly TaskRow[], keeps: Keeps): readonly TaskRow[] {
  return rows.every(keeps) ? rows : rows.filter(keeps);
}
