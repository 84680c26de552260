import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startRedis, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { newTask } from "../fixtures/ingest-calls.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";

const WANTED = 10_000;
/** Of the process that serves: its own files, and what the tests need. */
const OTHER_FILES = 500;
const CLIENTS = fileURLToPath(new URL("../fixtures/idle-clients.ts", import.meta.url));

/** Node.js raises the soft limit to the hard one at its start. */
function openFilesLimit(): number {
  if (process.platform !== "linux") return 4_096;
  const limits = readFileSync("/proc/self/limits", "utf8");
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 4_096);
}

test("ten thousand idle connections: tasks are taken as before, in bounded memory", async () => {
  await using redis = await startRedis();
  await using consumer = await runConsumer(redis.url);
  await consumer.send(newTask());
  const rssBefore = process.memoryUsage.rss();
  const count = Math.min(WANTED, openFilesLimit() - OTHER_FILES);
  if (count < WANTED) console.info(`the limit of open files allows ${count} connections`);

  const clients = fork(CLIENTS, [String(consumer.port), String(count)]);
  try {
    await once(clients, "message");
    const now = async () => {
      clients.send("how many?");
      const [answer] = await once(clients, "message");
      return answer as { open: number; failed: number; answered: number };
    };
    await until(async () => (await now()).answered === Math.ceil(count / 2), {
      what: "every second client to have its answer",
    });
    expect(await now()).toMatchObject({ open: count, failed: 0 });

    const tookMs: number[] = [];
    for (let i = 0; i < 50; i++) {
      const beganAt = performance.now();
      expect((await consumer.send(newTask())).status).toBe(200);
      tookMs.push(performance.now() - beganAt);
    }
    tookMs.sort((a, b) => a - b);
    expect(tookMs[25]).toBeLessThan(50);
    expect(tookMs.at(-1)).toBeLessThan(1_000);
    expect((process.memoryUsage.rss() - rssBefore) / count).toBeLessThan(32_768);
  } finally {
    clients.disconnect();
    await once(clients, "exit");
  }
  await until(async () => (await consumer.send(newTask())).status === 200);
});
