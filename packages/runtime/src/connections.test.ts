import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import { createLogger } from "./logger.ts";
import { RefusedStart } from "./run-app.ts";

const log = createLogger("test", "silent");

test("without an address the start is refused: somebody has to change something", () => {
  expect(() => createConnections({ config: { redisUrl: undefined }, part: "test", log })).toThrow(
    RefusedStart,
  );
});

test("a Redis that does not answer at start is an ordinary failure, worth another start", async () => {
  const heard: Socket[] = [];
  const silent = createServer((socket) => heard.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : 0;
  await using connections = createConnections({
    config: { redisUrl: `redis://127.0.0.1:${port}` },
    ...{ part: "test", log, startLimitMs: 100 },
  });
  const failure: unknown = await connections.connect("first").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(RefusedStart);
  expect(String(failure)).toContain("Redis has not answered for 0.1 s");
  for (const socket of heard) socket.destroy();
  silent.close();
});
