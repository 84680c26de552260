"use client";

import { useNow } from "@taskpulse/ui";
import type { BoardStart } from "../board/board-model.ts";
import { connectionAt, isBehind } from "../board/connection-state.ts";
import { useLiveBoard } from "../board/live-board.tsx";

/** What every page of the consumer knows: the live figures, the connection, the time. */
export function usePlace(start: BoardStart) {
  const { model, view } = useLiveBoard(start);
  const now = useNow(500, start.at);
  const connection = connectionAt(view.facts, now);
  return { model, view, now, connection, behind: isBehind(connection) };
}

export type PlaceFacts = ReturnType<typeof usePlace>;
