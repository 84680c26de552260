import { MAX_ROWS_READ, type TaskRow } from "@taskpulse/contract";
import { type Clock, PoliteRepeat, type WorkOutcome } from "./polite-repeat.ts";
import type { ReadRows } from "./read-api.ts";

const MANNERS = { quietMs: 250, spacingMs: 1_000, restFactor: 10 };
/** Of more that are wished for, the first are read: under such a load the next second brings others. */
const MAX_WANTED = 500;

/**
 * Reads rows anew whose state may have changed without being told, but only those that are looked
 * at, and rows that are named for the first time. Under steady load that is one small request a
 * second, whatever happens to the tasks.
 */
export class RowRefresh {
  #looked: readonly string[] = [];
  #wanted = new Set<string>();
  /** Since the last doubt. */
  #sure = new Set<string>();
  /** How often there was doubt. */
  #doubts = 0;
  #repeat: PoliteRepeat;

  constructor(read: ReadRows, clock: Clock, take: (rows: readonly TaskRow[]) => void) {
    this.#repeat = new PoliteRepeat((signal) => this.#refresh(read, take, signal), clock, MANNERS);
  }

  /** Any row may be in another state than it is shown in. */
  doubt(): void {
    this.#doubts += 1;
    this.#sure.clear();
    this.#repeat.wish();
  }

  /** These are on the screen now. */
  look(taskids: readonly string[]): void {
    this.#looked = taskids;
    if (this.#next().length > 0) this.#repeat.wish();
  }

  /** A task that is not known at all. */
  want(taskid: string): void {
    if (this.#wanted.size >= MAX_WANTED) return;
    this.#wanted.add(taskid);
    this.#repeat.wish();
  }

  stop(): void {
    this.#wanted.clear();
    this.#repeat.stop();
  }

  #next(): string[] {
    const doubted = this.#doubts > 0 ? this.#looked.filter((id) => !this.#sure.has(id)) : [];
    return [...this.#wanted, ...doubted].slice(0, MAX_ROWS_READ);
  }

  async #refresh(
    read: ReadRows,
    take: (rows: readonly TaskRow[]) => void,
    signal: AbortSignal,
  ): Promise<WorkOutcome> {
    const asked = this.#next();
    if (asked.length === 0) return "done";
    const doubts = this.#doubts;
    const answer = await read(asked, signal);
    if (signal.aborted) return "done";
    if (!answer.ok) return "failed";
    for (const taskid of asked) this.#wanted.delete(taskid);
    take(answer.value.tasks);
    // What was read before a doubt is not sure after it.
    if (doubts === this.#doubts) for (const taskid of asked) this.#sure.add(taskid);
    return this.#next().length > 0 ? "more" : "done";
  }
}
