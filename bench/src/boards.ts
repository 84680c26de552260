import { BOARD_NAMESPACE, type Frame, type Snapshot } from "@taskpulse/contract";
import { io } from "socket.io-client";

/**
 * Boards without a browser, in a process of their own: each subscribes, applies frames as the
 * contract says, and tells at the end what it shows.
 */
const [origin = "", count = "1"] = process.argv.slice(2);

interface Board {
  total: number;
  frames: number;
}

async function connectBoard(): Promise<Board> {
  const board: Board = { total: 0, frames: 0 };
  const socket = io(`${origin}${BOARD_NAMESPACE}`, { transports: ["websocket"], forceNew: true });
  let cursor: string | undefined;
  let asking = false;
  const subscribe = async () => {
    if (asking) return;
    asking = true;
    const answer: Snapshot = await socket.emitWithAck("subscribe", { since: cursor });
    asking = false;
    cursor = answer.summary.cursor;
    board.total = answer.summary.total;
  };
  socket.on("frame", (frame: Frame) => {
    if (frame.from !== cursor) return void subscribe();
    cursor = frame.cursor;
    board.total = frame.totals.total;
    board.frames += 1;
  });
  await new Promise((resolve) => socket.once("connect", () => resolve(null)));
  await subscribe();
  return board;
}

const boards = await Promise.all(Array.from({ length: Number(count) }, connectBoard));
process.on("message", () => process.send?.({ type: "shown", boards }));
process.on("disconnect", () => process.exit());
process.send?.({ type: "ready" });
