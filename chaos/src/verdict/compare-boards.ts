import { setTimeout as sleep } from "node:timers/promises";
import { PRIORITIES, type PriorityTotals } from "@taskpulse/contract";
import type { Board } from "../boards/board.ts";
import { countByPriority } from "./compare.ts";
import type { Stored } from "./stored.ts";

const LOOK_EVERY_MS = 100;

export interface BoardLine {
  readonly board: string;
  readonly shown: number | null;
  readonly stored: number;
  /** Every priority's total is the store's, and every listed task is stored. */
  readonly same: boolean;
}

/** Boards have so long to catch up with a store that has come to rest. */
export async function compareBoards(
  boards: readonly Board[],
  stored: Stored,
  limitMs: number,
): Promise<BoardLine[]> {
  const expected = countByPriority(stored);
  const taskids = new Set([...stored.records.values()].map(({ taskid }) => taskid));
  const deadline = performance.now() + limitMs;
  return Promise.all(
    boards.map(async (board) => {
      for (;;) {
        const shown = await board.shown();
        const same =
          shown !== null &&
          PRIORITIES.every((priority) => shown.byPriority[priority] === expected[priority]) &&
          shown.taskids.every((taskid) => taskids.has(taskid));
        if (same || performance.now() > deadline) {
          const total = shown === null ? null : sum(shown.byPriority);
          return { board: board.name, shown: total, stored: stored.records.size, same };
        }
        await sleep(LOOK_EVERY_MS);
      }
    }),
  );
}

function sum(totals: PriorityTotals): number {
  return PRIORITIES.reduce((total, priority) => total + totals[priority], 0);
}
