import { setTimeout as sleep } from "node:timers/promises";
import { PRIORITIES, type PriorityTotals } from "@taskpulse/contract";
import type { Board, BoardShown } from "../boards/board.ts";
import { countByPriority } from "./compare.ts";
import type { Stored } from "./stored.ts";

const LOOK_EVERY_MS = 100;

export interface BoardLine {
  readonly board: string;
  readonly shown: number | null;
  readonly stored: number;
  /** Every priority's total is the store's, and the list begins with the newest and keeps the log's order. */
  readonly same: boolean;
}

/** Boards have so long to catch up with a store that has come to rest. */
export async function compareBoards(
  boards: readonly Board[],
  stored: Stored,
  limitMs: number,
): Promise<BoardLine[]> {
  const expected = countByPriority(stored);
  const places = new Map([...stored.logged.keys()].map((taskid, place) => [taskid, place]));
  const deadline = performance.now() + limitMs;
  return Promise.all(
    boards.map(async (board) => {
      for (;;) {
        const shown = await board.shown();
        const same =
          shown !== null &&
          PRIORITIES.every((priority) => shown.byPriority[priority] === expected[priority]) &&
          isListed(shown.taskids, places);
        if (same || performance.now() > deadline) {
          const total = shown === null ? null : sum(shown.byPriority);
          return { board: board.name, shown: total, stored: stored.records.size, same };
        }
        await sleep(LOOK_EVERY_MS);
      }
    }),
  );
}

/** A list may have gaps, where more came at once than a frame names; it tells them as a number. */
export function isListed(
  taskids: BoardShown["taskids"],
  places: ReadonlyMap<string, number>,
): boolean {
  if (taskids === null) return true;
  const listed = taskids.map((taskid) => places.get(taskid) ?? places.size);
  const beginsWithNewest = places.size === 0 ? listed.length === 0 : listed[0] === places.size - 1;
  return beginsWithNewest && listed.every((place, i) => place < (listed[i - 1] ?? places.size));
}

function sum(totals: PriorityTotals): number {
  return PRIORITIES.reduce((total, priority) => total + totals[priority], 0);
}
