import type { Logger } from "@taskpulse/runtime";
import type { Socket } from "socket.io";

const CHECK_MS = 500;

export interface SlowClientLimits {
  /** How much may wait for one client, in characters. */
  maxPendingChars: number;
  /** How much may wait for all clients together; above it, those that lag most are dropped. */
  maxTotalChars: number;
  /** How long a client may take nothing at all, in ms. */
  maxStallMs: number;
}

const DEFAULT_LIMITS: SlowClientLimits = {
  maxPendingChars: 1_048_576,
  maxTotalChars: 33_554_432,
  maxStallMs: 10_000,
};

interface Pending {
  chars: number;
  since: number;
}

/**
 * Drops clients that take less than they are sent. What waits for a client lies in this process'
 * memory, and a board that comes back later gets a snapshot anyway.
 */
export class SlowClients implements Disposable {
  readonly #pending = new Map<Socket, Pending>();
  readonly #log: Logger;
  readonly #limits: SlowClientLimits;
  readonly #timer: NodeJS.Timeout;

  constructor(log: Logger, limits: SlowClientLimits = DEFAULT_LIMITS) {
    this.#log = log;
    this.#limits = limits;
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  watch(socket: Socket): void {
    const { conn } = socket;
    const created = (packet: { data?: unknown }) => {
      const chars = typeof packet.data === "string" ? packet.data.length : 0;
      const pending = this.#pending.get(socket);
      if (pending === undefined) this.#pending.set(socket, { chars, since: performance.now() });
      else pending.chars += chars;
    };
    // engine.io hands over everything that waits whenever the transport is free again.
    const drained = () => this.#pending.delete(socket);
    conn.on("packetCreate", created);
    conn.on("drain", drained);
    socket.once("disconnect", () => {
      conn.off("packetCreate", created);
      conn.off("drain", drained);
      this.#pending.delete(socket);
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const stalledSince = performance.now() - this.#limits.maxStallMs;
    const most = [...this.#pending].sort(([, a], [, b]) => b.chars - a.chars);
    let total = most.reduce((sum, [, { chars }]) => sum + chars, 0);
    for (const [socket, { chars, since }] of most) {
      const tooMuch = chars > this.#limits.maxPendingChars || total > this.#limits.maxTotalChars;
      if (!tooMuch && since >= stalledSince) continue;
      this.#log.info({ pendingChars: chars }, "dropped a client that was too slow");
      this.#pending.delete(socket);
      total -= chars;
      cut(socket);
    }
  }
}

/**
 * Ends the connection without a farewell: a client that reads nothing would not answer one, and
 * its socket would stay for the half minute that WebSocket grants it.
 */
function cut({ conn }: Socket): void {
  const webSocket: unknown = Reflect.get(conn.transport, "socket");
  conn.close(true);
  if (isTerminable(webSocket)) webSocket.terminate();
}

function isTerminable(value: unknown): value is { terminate(): void } {
  return typeof value === "object" && value !== null && "terminate" in value;
}
