import type { PriorityTotals } from "./priority.ts";
import type { TaskRow } from "./task.ts";
import type { StateTotals, TaskState } from "./task-state.ts";

/** Absolute totals; retention never lowers them. */
export interface Totals {
  total: number;
  byPriority: PriorityTotals;
  byState: StateTotals;
  /** How many changes of state there were in all: with `total`, it tells which totals are the newer. */
  changes: number;
}

/** `GET /api/summary`. `cursor` is opaque; `epoch` changes when the store is a new one. */
export interface Summary extends Totals {
  epoch: string;
  cursor: string;
}

/** One coalesced broadcast. A client applies it if and only if `from` equals its own cursor. */
export interface Frame {
  epoch: string;
  from: string;
  cursor: string;
  totals: Totals;
  /** The newest tasks since `from`, newest first, at most `MAX_FRAME_TASKS`. */
  tasks: TaskRow[];
  /** How many more there were since `from` than `tasks` holds. */
  skipped: number;
  /** The tasks that have changed their state since `from`, as they are now, at most `MAX_FRAME_CHANGES`. */
  changes: StateChange[];
  /** How many changes of state since `from` were not looked at: rows shown may be out of date. */
  changesSkipped: number;
}

export interface StateChange {
  taskid: string;
  state: TaskState;
}

/** The answer to `subscribe`. */
export interface Snapshot {
  summary: Summary;
  /** Newest first, at most `MAX_SNAPSHOT_TASKS`. */
  tasks: TaskRow[];
  /** How many tasks since the given cursor could not be replayed. */
  gap: number;
  /** As in a frame, since the given cursor; none without one. */
  changes: StateChange[];
  changesSkipped: number;
}

export const MAX_FRAME_TASKS = 200;
export const MAX_SNAPSHOT_TASKS = 1_000;
/** How many changes of state a frame looks at, and a snapshot. */
export const MAX_FRAME_CHANGES = 300;
export const MAX_SNAPSHOT_CHANGES = 2_000;

/** The Socket.IO namespace of the board. */
export const BOARD_NAMESPACE = "/collectHooks";

export interface ServerToBoard {
  /** The tutorial's dialect: one JSON string per received task. */
  msg: (task: string) => void;
  frame: (frame: Frame) => void;
  /** This node can't read the store (`away`) or can again (`back`). */
  "store:changed": (state: StoreReach) => void;
}

export interface BoardToServer {
  join_room: () => void;
  subscribe: (
    request: { since?: string | undefined } | undefined,
    ack: (answer: Snapshot | { error: string }) => void,
  ) => void;
}

export type StoreReach = "away" | "back";

/** `GET /api/tasks`: `before` is what the next page is asked with, null after the last. */
export interface TaskPage {
  tasks: TaskRow[];
  before: string | null;
}

/** `GET /api/rows?taskids=a,b,…`: in this order; those that are not kept are left out. */
export interface RowsAnswer {
  tasks: TaskRow[];
}

/** How many rows one request may name. */
export const MAX_ROWS_READ = 100;
