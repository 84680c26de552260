import type { PageQuery } from "@taskpulse/ui";
import { Board } from "../board/board.tsx";
import { loadBoardHere } from "../board/load-here.ts";

export const dynamic = "force-dynamic";

export default async function BoardPage({ searchParams }: PageQuery) {
  return <Board {...(await loadBoardHere(searchParams))} />;
}
