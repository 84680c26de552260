import { createLogger } from "@taskpulse/runtime";
import { createKeys, readCatalogue } from "@taskpulse/store";
import { capturedLog, startRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { keepAnnounced } from "./catalogue-job.ts";

test("what was told is there at once, and back after the store was emptied or away", async () => {
  await using server = await startRedis();
  const redis = new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  redis.on("error", () => undefined);
  const { handlers, callers } = createKeys();
  const log = capturedLog();
  const entries = new Map([
    [handlers, { a: { description: "A." } }],
    [callers, { basic: {} }],
  ]);
  const options = { redis, entries, log: createLogger("worker", "info", log.stream), renewMs: 20 };
  {
    using _job = await keepAnnounced(options);
    const names = async (key: string) => [...(await readCatalogue(redis, key)).keys()];
    expect(await names(handlers)).toEqual(["a"]);
    expect(await names(callers)).toEqual(["basic"]);

    await redis.del(handlers, callers);
    await until(async () => (await names(handlers)).length + (await names(callers)).length === 2);
    await server.kill();
    await server.restart();
    await redis.del(handlers).catch(() => redis.del(handlers));
    await until(async () => (await names(handlers)).length === 1);
  }
  expect(log.text()).toBe("");
  redis.disconnect();
});
