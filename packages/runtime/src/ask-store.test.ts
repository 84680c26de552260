import { once } from "node:events";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { askStore } from "./ask-store.ts";

/** Asks a server that answers every command with this line; without one it hangs up. */
async function ask(reply: string | null, limitMs?: number) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => (reply === null ? socket.destroy() : socket.write(reply)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const redis = new Redis(typeof address === "object" ? (address?.port ?? 0) : 0, "127.0.0.1", {
    ...{ enableReadyCheck: false, disableClientInfo: true, enableOfflineQueue: false },
    ...{ maxRetriesPerRequest: 0, retryStrategy: null, protocol: 2 },
  });
  redis.on("error", () => {});
  await once(redis, "ready");
  try {
    return await askStore(() => redis.ping(), limitMs);
  } finally {
    redis.disconnect();
    server.close();
  }
}

test.each([
  ["+PONG\r\n", { kind: "answered", value: "PONG" }],
  ["-OOM command not allowed when used memory > 'maxmemory'.\r\n", { kind: "full" }],
  ["-LOADING Redis is loading the dataset in memory\r\n", { kind: "unavailable" }],
  ["-READONLY You can't write against a read only replica.\r\n", { kind: "unavailable" }],
  ["-MISCONF Errors writing to the AOF file: No space left on device\r\n", { kind: "unavailable" }],
  ["-BUSY Redis is busy running a script.\r\n", { kind: "unavailable" }],
  [null, { kind: "unavailable" }],
] as const)("Redis answers %j: %j", async (reply, answer) => {
  expect(await ask(reply)).toEqual(answer);
});

test("silence means that it is away", async () => {
  expect(await ask("", 50)).toEqual({ kind: "unavailable" });
});

test("what nobody waits for any more is told so", async () => {
  let told: AbortSignal | null = null;
  const forever = (signal: AbortSignal) => {
    told = signal;
    return new Promise<never>(() => {});
  };
  expect(await askStore(forever, 10)).toEqual({ kind: "unavailable" });
  expect(told).toMatchObject({ aborted: true });
});

test("no connection at all means that it is away", async () => {
  const redis = new Redis({ lazyConnect: true });
  redis.disconnect();
  expect(await askStore(() => redis.ping())).toEqual({ kind: "unavailable" });
});

test("what is broken on our side is no outage", async () => {
  await expect(ask("-ERR user_script:1: attempt to index a nil value\r\n")).rejects.toThrow("nil");
  await expect(ask("-WRONGTYPE Operation against a wrong kind\r\n")).rejects.toThrow("WRONGTYPE");
  await expect(askStore(async () => JSON.parse("{"))).rejects.toThrow(SyntaxError);
  await expect(
    askStore(async () => {
      throw new Error("no such thing");
    }),
  ).rejects.toThrow("no such thing");
});
