import {
  compareCursors,
  type Frame,
  type Snapshot,
  type Summary,
  type TaskRow,
  type Totals,
} from "@taskpulse/contract";
import { mergeRows, Places } from "./merge-rows.ts";

/**
 * What a board knows, and the rules by which frames and snapshots change it. Pure: whatever order,
 * repetition or loss the network makes of the frames, together with resyncs the state converges to
 * the store (`board-state.test.ts` holds it to that).
 */
export interface BoardState {
  epoch: string;
  /** Where the next frame must begin. */
  cursor: string;
  totals: Totals;
  /**
   * Newest first, at most `MAX_BOARD_ROWS`. Where frames or snapshots could not name every change, a
   * row's state may be an earlier one: `BoardSync` tells so.
   */
  rows: readonly TaskRow[];
}

/** More than anybody scrolls through before searching; older ones are a request away. */
export const MAX_BOARD_ROWS = 1_000;

export type FrameOutcome =
  /** `fresh` are the rows that were not known before, newest first. */
  | { kind: "applied"; state: BoardState; fresh: readonly TaskRow[] }
  | { kind: "old" }
  /** Something is missing: subscribe again, from `since`, or afresh when it is absent. */
  | { kind: "resync"; since: string | undefined };

export type SnapshotOutcome =
  | { kind: "applied"; state: BoardState; fresh: readonly TaskRow[] }
  /** Frames that arrived after it was asked for have told more. */
  | { kind: "superseded" }
  /** The store knows less than this board has seen: it was restored. Subscribe without `since`. */
  | { kind: "afresh" };

export function startFrom(summary: Summary, rows: readonly TaskRow[]): BoardState {
  const { epoch, cursor, ...totals } = summary;
  return {
    epoch,
    cursor,
    totals,
    rows: mergeRows(rows, [], MAX_BOARD_ROWS).rows,
  };
}

export function applyFrame(state: BoardState | null, frame: Frame): FrameOutcome {
  if (state === null || frame.epoch !== state.epoch) return { kind: "resync", since: undefined };
  if (frame.from === state.cursor) {
    const { rows: merged, fresh } = mergeRows(frame.tasks, state.rows, MAX_BOARD_ROWS);
    const rows = new Places().change(merged, frame.changes);
    const totals = newer(state.totals, frame.totals);
    return { kind: "applied", state: { ...state, cursor: frame.cursor, totals, rows }, fresh };
  }
  const order = compareCursors(frame.cursor, state.cursor);
  if (order !== null && order <= 0) return { kind: "old" };
  return { kind: "resync", since: state.cursor };
}

/**
 * `since` is what the snapshot was asked with. Its contents may reach further than its cursor,
 * which is where the next frame begins: what that frame repeats changes nothing.
 */
export function applySnapshot(
  state: BoardState | null,
  snapshot: Snapshot,
  since: string | undefined,
): SnapshotOutcome {
  const { summary, tasks } = snapshot;
  if (state === null || since === undefined || summary.epoch !== state.epoch) {
    return { kind: "applied", state: startFrom(summary, tasks), fresh: tasks };
  }
  const movedSince = state.cursor !== since;
  if (version(summary) < version(state.totals)) {
    return movedSince ? { kind: "superseded" } : { kind: "afresh" };
  }
  const order = compareCursors(summary.cursor, state.cursor);
  const cursor = movedSince && order !== null && order < 0 ? state.cursor : summary.cursor;
  const { epoch: _, cursor: __, ...totals } = summary;
  const { rows: merged, fresh } = mergeRows(tasks, state.rows, MAX_BOARD_ROWS);
  const rows = new Places().change(merged, snapshot.changes);
  return { kind: "applied", state: { epoch: state.epoch, cursor, totals, rows }, fresh };
}

/** Within an epoch neither number ever falls: a lower one was read earlier and arrived later. */
function newer(known: Totals, arrived: Totals): Totals {
  return version(arrived) < version(known) ? known : arrived;
}

function version({ total, changes }: Totals): number {
  return total + changes;
}
