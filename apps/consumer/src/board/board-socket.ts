import {
  BOARD_NAMESPACE,
  type BoardToServer,
  type ErrorCode,
  type Frame,
  type ServerToBoard,
  type Snapshot,
  type StoreReach,
} from "@taskpulse/contract";
import { Manager, type Socket } from "socket.io-client";

export interface BoardSocketEvents {
  connected(): void;
  lost(): void;
  /** The server wants the reader to sign in first. */
  signedOut(): void;
  /** A try to connect is under way. */
  trying(): void;
  retryScheduled(at: number): void;
  frame(frame: Frame): void;
  storeChanged(reach: StoreReach): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;
const JITTER = 0.2;
const ANSWER_WITHIN_MS = 8_000;

/**
 * The socket of one board. It reconnects by itself, and not by Socket.IO's own timers: those do
 * not tell when the next try is due.
 */
export function connectToBoard(events: BoardSocketEvents, origin: string = location.origin) {
  const manager = new Manager(origin, {
    reconnection: false,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    timeout: 5_000,
    autoConnect: false,
  });
  const socket: Socket<ServerToBoard, BoardToServer> = manager.socket(BOARD_NAMESPACE);
  let tries = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const connect = () => {
    clearTimeout(retry);
    retry = undefined;
    events.trying();
    socket.connect();
  };
  const lost = () => {
    if (closed) return;
    events.lost();
    tryLater(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries++));
  };
  const refused = (error: Error & { data?: { code?: ErrorCode } }) => {
    if (closed) return;
    if (error.data?.code !== "login_required") return lost();
    events.signedOut();
    // They may sign in in another tab.
    tryLater(LONGEST_RETRY_MS);
  };
  const tryLater = (base: number) => {
    clearTimeout(retry);
    const delay = base * (1 - JITTER + 2 * JITTER * Math.random());
    events.retryScheduled(Date.now() + delay);
    retry = setTimeout(connect, delay);
  };

  socket.on("connect", () => {
    tries = 0;
    events.connected();
  });
  socket.on("disconnect", lost);
  socket.on("connect_error", refused);
  socket.on("frame", (frame) => events.frame(frame));
  socket.on("store:changed", (reach) => events.storeChanged(reach));
  // Not at once: React, while developing, starts twice and stops the first.
  retry = setTimeout(connect);

  return {
    isConnected: () => socket.connected,
    subscribe: (since: string | undefined): Promise<Snapshot | { error: string }> =>
      socket
        .timeout(ANSWER_WITHIN_MS)
        .emitWithAck("subscribe", since === undefined ? {} : { since }),
    /** Connects now when it is waiting to. */
    tryNow(): void {
      if (retry !== undefined) connect();
    },
    /** The server is silent: this connection is no good, make another. */
    giveUp(): void {
      if (socket.connected) manager.engine.close();
    },
    close(): void {
      closed = true;
      clearTimeout(retry);
      socket.disconnect();
      socket.removeAllListeners();
    },
  };
}
