import type { PriorityTotals, StateTotals, TaskState } from "@taskpulse/contract";

/** A board that is connected while the faults happen. */
export interface Board extends AsyncDisposable {
  /** "a board on consumer B" */
  readonly name: string;
  /** What it shows now; null while it shows nothing. */
  shown(): Promise<BoardShown | null>;
}

export interface BoardShown {
  readonly byPriority: PriorityTotals;
  /** Null where the board does not tell it. */
  readonly byState: StateTotals | null;
  /** Ids of the listed tasks, newest first; null where the board does not tell them. */
  readonly taskids: readonly string[] | null;
  /** Their states; null where the board does not tell them, or knows that they may be out of date. */
  readonly states: ReadonlyMap<string, TaskState> | null;
}
