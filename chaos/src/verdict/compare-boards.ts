import { setTimeout as sleep } from "node:timers/promises";
import { PRIORITIES, type PriorityTotals, TASK_STATES } from "@taskpulse/contract";
import type { Board, BoardShown } from "../boards/board.ts";
import { countByPriority } from "./compare.ts";
import { countByState } from "./count-states.ts";
import type { Stored } from "./stored.ts";
import type { StoredRuns } from "./stored-runs.ts";

const LOOK_EVERY_MS = 100;

export interface BoardLine {
  readonly board: string;
  readonly shown: number | null;
  readonly stored: number;
  /** Every total, per priority and per state, and the states of tasks are the store's, and the list begins with the newest and keeps the log's order. */
  readonly same: boolean;
  /** Where its list leaves the log's order, as places in the log, newest first; null when it does not. */
  readonly disorder: readonly number[] | null;
}

/** Boards have so long to catch up with a store that has come to rest. */
export async function compareBoards(
  boards: readonly Board[],
  stored: Stored,
  runs: StoredRuns,
  limitMs: number,
): Promise<BoardLine[]> {
  const expected = countByPriority(stored);
  const states = countByState(runs, stored.records.size);
  const places = new Map([...stored.logged.keys()].map((taskid, place) => [taskid, place]));
  const deadline = performance.now() + limitMs;
  return Promise.all(
    boards.map(async (board) => {
      for (;;) {
        const shown = await board.shown();
        const disorder = shown === null ? null : findDisorder(shown.taskids, places);
        const same =
          shown !== null &&
          PRIORITIES.every((priority) => shown.byPriority[priority] === expected[priority]) &&
          TASK_STATES.every((state) => (shown.byState ?? states)[state] === states[state]) &&
          hasStates(shown.states, runs) &&
          disorder === null;
        if (same || performance.now() > deadline) {
          const total = shown === null ? null : sum(shown.byPriority);
          return { board: board.name, shown: total, stored: stored.records.size, same, disorder };
        }
        await sleep(LOOK_EVERY_MS);
      }
    }),
  );
}

/** Whether every listed task is shown in the state that it has. */
function hasStates(shown: BoardShown["states"], { runs }: StoredRuns): boolean {
  const listed = [...(shown ?? [])];
  return listed.every(([taskid, state]) => state === (runs.get(taskid)?.state ?? "received"));
}

/**
 * A list may have gaps, where more came at once than a frame names; it tells them as a number.
 * @returns the places around the first row that stands where it must not
 */
export function findDisorder(
  taskids: BoardShown["taskids"],
  places: ReadonlyMap<string, number>,
): readonly number[] | null {
  if (taskids === null) return null;
  const listed = taskids.map((taskid) => places.get(taskid) ?? places.size);
  if ((listed[0] ?? -1) !== places.size - 1) return listed.slice(0, 1);
  const wrong = listed.findIndex((place, i) => place >= (listed[i - 1] ?? places.size));
  return wrong === -1 ? null : listed.slice(Math.max(0, wrong - 2), wrong + 3);
}

function sum(totals: PriorityTotals): number {
  return PRIORITIES.reduce((total, priority) => total + totals[priority], 0);
}
