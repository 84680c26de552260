import { createLogger } from "@taskpulse/runtime";
import { createKeys, encodeTask, GroupCommit, openStore } from "@taskpulse/store";
import { startRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { LogWatch } from "./log-watch.ts";
import { MsgDialect } from "./msg-dialect.ts";

const COUNT = 12;
/** What one message costs when hundreds listen; more than may be spent at a time. */
const SEND_MS = 8;
/** Timers count whole milliseconds, on both sides of the pause. */
const TIMER_MS = 2;

test("costly messages get a third of the event loop: after each, others have twice as long", async () => {
  await using redis = await startRedis();
  const [client, blocking] = [new Redis(redis.url), new Redis(redis.url)];
  const keys = createKeys();
  await openStore(client, keys);
  using commit = new GroupCommit(client, keys);
  const sends: Array<{ json: string; began: number; ended: number; othersDone: number }> = [];
  let othersDone = 0;
  const send = (json: string) => {
    const began = performance.now();
    const before = othersDone;
    while (performance.now() - began < SEND_MS);
    // Stands for a request that has come in meanwhile.
    setImmediate(() => {
      othersDone += 1;
    });
    sends.push({ json, began, ended: performance.now(), othersDone: before });
  };
  const tasks = Array.from({ length: COUNT }, (_, id) => ({
    ...{ batchid: "costly", id, owner: "Ann", priority: "Major" as const },
  }));
  {
    await using dialect = new MsgDialect({
      ...{ redis: client, keys, send },
      log: createLogger("consumer", "silent"),
      watch: new LogWatch(blocking, keys),
    });
    await dialect.join("a socket", () => {});
    expect(await commit.add(tasks.map((task) => encodeTask(task)))).toMatchObject({
      kind: "durable",
    });
    await until(() => sends.length === COUNT, { what: "every message" });
  }
  client.disconnect();

  expect(sends.map(({ json }) => JSON.parse(json))).toEqual(tasks);
  for (const [i, { began, othersDone: done }] of sends.entries()) {
    expect(done, "what came in during a message is done before the next one").toBe(i);
    const previous = sends[i - 1];
    if (previous === undefined) continue;
    const spentMs = previous.ended - previous.began;
    expect(began - previous.ended).toBeGreaterThanOrEqual(2 * spentMs - TIMER_MS);
  }
});
