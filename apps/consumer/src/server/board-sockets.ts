import type { Server as HttpServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import {
  BOARD_NAMESPACE,
  type BoardToServer,
  type Frame,
  type ServerToBoard,
  type StoreReach,
} from "@taskpulse/contract";
import { type Access, type Logger, within } from "@taskpulse/runtime";
import { type Keys, readSnapshot } from "@taskpulse/store";
import type { Redis } from "ioredis";
import { Server, type Socket } from "socket.io";
import { z } from "zod";
import type { LogWatch } from "./log-watch.ts";
import { MsgDialect } from "./msg-dialect.ts";
import { SlowClients } from "./slow-clients.ts";
import { guardHandshakes, guardNamespace } from "./socket-access.ts";

/** Every path of Socket.IO begins so. */
export const SOCKET_PATH = "/socket.io/";
const FRAMES_ROOM = "frames";
const MSG_ROOM = "msg";
const ANSWER_LIMIT_MS = 1_800;
/** Who has not said by then who they are and what they want is let go. */
const JOIN_WITHIN_MS = 5_000;
/** How many snapshots one socket may have asked for and not got yet. */
const MAX_READING = 4;

const subscribeRequest = z
  .looseObject({ since: z.string().max(200).nullish() })
  .nullish()
  .transform((request) => request?.since ?? undefined);

type BoardSocket = Socket<BoardToServer, ServerToBoard>;

export interface BoardSocketsOptions {
  http: HttpServer;
  access: Access;
  redis: Redis;
  /** Publishes for the Socket.IO adapter. */
  publish: Redis;
  /** In subscriber mode, for the Socket.IO adapter. */
  subscribe: Redis;
  keys: Keys;
  log: Logger;
  watch: LogWatch;
  reach: () => StoreReach;
}

export interface BoardSockets extends AsyncDisposable {
  /** To every board on every node. */
  broadcast(frame: Frame): void;
  /** To the boards on this node. */
  tellReach(reach: StoreReach): void;
  readonly connected: number;
}

/** Both dialects of the contract: `subscribe` with frames, and the tutorial's `join_room` with `msg`. */
export function createBoardSockets(options: BoardSocketsOptions): BoardSockets {
  const { http, access, redis, keys, log } = options;
  const io = new Server(http, {
    path: SOCKET_PATH,
    serveClient: false,
    destroyUpgrade: false,
    maxHttpBufferSize: 65_536,
    connectTimeout: JOIN_WITHIN_MS,
    adapter: createAdapter(options.publish, options.subscribe, { key: `${keys.meta}:io` }),
  });
  guardHandshakes(access, io.engine);
  // Also the default namespace, which nobody uses.
  guardNamespace(access, io.of("/"));
  io.on("new_namespace", (namespace) => guardNamespace(access, namespace));
  const boards: ReturnType<typeof io.of> = io.of(BOARD_NAMESPACE);
  const slowClients = new SlowClients(log);
  const msgDialect = new MsgDialect({
    ...options,
    send: (json) => boards.local.to(MSG_ROOM).emit("msg", json),
  });

  boards.on("connection", (socket: BoardSocket) => {
    slowClients.watch(socket);
    if (options.reach() === "away") socket.emit("store:changed", "away");
    socket.on("join_room", () => {
      msgDialect
        .join(socket.id, () => socket.join(MSG_ROOM))
        .then(() => socket.connected || msgDialect.leave(socket.id))
        .catch(() => socket.disconnect());
    });
    socket.on("disconnect", () => msgDialect.leave(socket.id));
    let reading = 0;
    socket.on("subscribe", async (...args: unknown[]) => {
      // The options may be left out: the acknowledgement then comes first.
      const [request, ack] = typeof args[0] === "function" ? [undefined, args[0]] : args;
      if (typeof ack !== "function") return;
      if (reading >= MAX_READING) return ack({ error: "too many at a time" });
      const since = subscribeRequest.safeParse(request);
      if (!since.success) return ack({ error: "subscribe takes {since?: cursor}" });
      // Frames first: one that falls between snapshot and join would be missed.
      await socket.join(FRAMES_ROOM);
      reading += 1;
      try {
        ack(await within(ANSWER_LIMIT_MS, readSnapshot(redis, keys, since.data)));
      } catch {
        ack({ error: "the store can't be read now" });
      } finally {
        reading -= 1;
      }
    });
  });

  return {
    broadcast: (frame) => boards.to(FRAMES_ROOM).emit("frame", frame),
    tellReach: (reach) => boards.local.emit("store:changed", reach),
    get connected() {
      return boards.sockets.size;
    },
    async [Symbol.asyncDispose]() {
      slowClients[Symbol.dispose]();
      await msgDialect[Symbol.asyncDispose]();
      boards.local.disconnectSockets(true);
      io.engine.close();
    },
  };
}
