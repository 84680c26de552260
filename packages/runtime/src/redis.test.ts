import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { createLogger } from "./logger.ts";
import { connectRedis, untilReady } from "./redis.ts";

it("takes up as soon as Redis has read its data, however long Redis thought that would take", async () => {
  let looks = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      for (const command of data
        .toString()
        .toLowerCase()
        .split(/(?=\*\d+\r\n)/)) {
        if (!command.includes("$4\r\ninfo\r\n")) {
          socket.write("+OK\r\n");
          continue;
        }
        looks += 1;
        const info = `loading:${looks < 3 ? 1 : 0}\r\nloading_eta_seconds:3600\r\n`;
        socket.write(`$${info.length}\r\n${info}\r\n`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const redis = connectRedis({
    url: `redis://127.0.0.1:${port}`,
    name: "test",
    log: createLogger("test", "silent"),
  });
  try {
    expect(await untilReady(redis, 5_000)).toBe(true);
    expect(looks).toBe(3);
  } finally {
    redis.disconnect();
    server.close();
  }
});
