import { connectToBoard } from "@taskpulse/consumer/board-socket";
import { BoardSync } from "@taskpulse/consumer/board-sync";
import type { Board } from "./board.ts";

const LOOK_EVERY_MS = 1_000;
/** As the page does: a server that is silent for so long is asked. */
const SUSPECT_MS = 4_000;
const ASK_AGAIN_MS = 2_000;

/** The product's own socket and merge code, without its page. It is never started afresh. */
export function mergingBoard(name: string, origin: string): Board {
  let heardAt = performance.now();
  let askedAt = Number.NEGATIVE_INFINITY;
  let isAway = false;
  let isUnsure = false;
  const sync = new BoardSync(null, {
    subscribe(since) {
      askedAt = performance.now();
      return socket.subscribe(since);
    },
    now: () => performance.now(),
    random: Math.random,
    after(ms, then) {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    changed(told) {
      if (told.by === "silence") socket.giveUp();
      isAway = told.by === "refusal";
      if (told.by !== "frame" && told.by !== "snapshot") return;
      heardAt = performance.now();
      // The page then asks for its list again; a snapshot that is not from a cursor has the whole of it.
      if (told.by === "snapshot" && told.afresh) isUnsure = false;
      if (told.unsure) isUnsure = true;
    },
  });
  const socket = connectToBoard(
    {
      connected: () => sync.connected(),
      lost: () => sync.disconnected(),
      trying() {},
      signedOut() {},
      retryScheduled() {},
      frame: (frame) => sync.frame(frame),
      storeChanged(reach) {
        isAway = reach === "away";
        if (reach === "back") sync.resync();
      },
    },
    origin,
  );
  const watch = setInterval(() => {
    const now = performance.now();
    const suspect = isAway || now - heardAt > SUSPECT_MS;
    if (socket.isConnected() && suspect && now - askedAt > ASK_AGAIN_MS) sync.resync();
  }, LOOK_EVERY_MS);

  return {
    name,
    async shown() {
      const { state } = sync;
      if (state === null) return null;
      const taskids = state.rows.map(({ taskid }) => taskid);
      const { byPriority, byState } = state.totals;
      const states = isUnsure ? null : new Map(state.rows.map((row) => [row.taskid, row.state]));
      return { byPriority, byState, taskids, states };
    },
    async [Symbol.asyncDispose]() {
      clearInterval(watch);
      sync.disconnected();
      socket.close();
    },
  };
}
