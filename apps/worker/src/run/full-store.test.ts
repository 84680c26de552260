import { captureServer, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { runWorker } from "../fixtures/running-worker.ts";
import { startRunsUnderTest } from "../fixtures/runs-under-test.ts";

test("a full store takes no more tasks, and those that it has are run, retries included", async () => {
  await using runs = await startRunsUnderTest();
  await using remote = await captureServer();
  const tried = new Set<string>();
  remote.answer(({ path }) => {
    const isFirst = path === "/7" && !tried.has(path);
    tried.add(path);
    return isFirst ? { status: 503 } : { body: { status: "success", retval: 1 } };
  });
  const send = (id: number) =>
    runs.send(id, { call: { url: `${remote.url}/${id}` }, retry_intervals: [0.05] });
  const ids = await Promise.all(Array.from({ length: 300 }, (_, id) => send(id)));
  const [, used = "0"] = /used_memory:(\d+)/.exec(await runs.redis.info("memory")) ?? [];
  await runs.redis.config("SET", "maxmemory", used);
  await expect(send(300)).rejects.toThrow("full");
  await using worker = await runWorker(runs.server.url, runs.env);
  await until(() => tried.size === 300, { timeoutMs: 10_000, what: "all to be called" });
  for (const taskid of ids) await runs.reaches(taskid, "succeeded");
  expect(remote.requests).toHaveLength(301);
  await until(async () => (await worker.metric("taskpulse_attempts_running")) === 0);
  const left = await runs.redis.keys(`${runs.keys.bullPrefix}:*:b*`);
  expect(left.filter((key) => /-\d+-\d+$/.test(key))).toEqual([]);
}, 60_000);
