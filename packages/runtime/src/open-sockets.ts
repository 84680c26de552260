import type { Server } from "node:http";
import type { Duplex } from "node:stream";

/** For the farewell of a client that no longer reads. */
const UPGRADED_GRACE_MS = 1_000;
/** For requests that have begun; every answer of ours goes out within 2 s. */
const REQUEST_GRACE_MS = 4_000;

/**
 * Ends what keeps an HTTP server from closing: Node.js waits for sockets that were upgraded, for
 * those that have not sent anything yet, which browsers open in advance, and for half a request.
 */
export class OpenSockets {
  readonly #server: Server;
  readonly #silent = new Set<Duplex>();
  readonly #upgraded = new Set<Duplex>();

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => remember(this.#silent, socket));
    server.on("request", ({ socket }) => this.#silent.delete(socket));
  }

  upgraded(socket: Duplex): void {
    this.#silent.delete(socket);
    remember(this.#upgraded, socket);
  }

  /** To be called when the server has begun to close. @param closed when it has ended */
  async endFor(closed: PromiseLike<unknown>): Promise<void> {
    for (const socket of this.#silent) socket.destroy();
    const limits = [
      setTimeout(() => {
        for (const socket of this.#upgraded) socket.destroy();
      }, UPGRADED_GRACE_MS),
      setTimeout(() => this.#server.closeAllConnections(), REQUEST_GRACE_MS),
    ];
    await closed;
    for (const limit of limits) clearTimeout(limit);
  }
}

function remember(sockets: Set<Duplex>, socket: Duplex): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}
