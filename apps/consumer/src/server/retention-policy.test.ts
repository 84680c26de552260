import { startRedis, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { newTask, replyOf } from "../fixtures/ingest-calls.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";
import { retentionPolicy } from "./retention-policy.ts";

test.each([
  ["the default", 300, 3_600, 3_600],
  ["exactly twice the tolerance", 1_800, 3_600, 3_661],
  ["small numbers", 5, 10, 71],
  ["a day at most", 43_200, 86_400, 86_400],
  ["a tolerance of years", 1e9, 86_400, 86_400],
])("identities outlive signatures: %s", (_what, tolerance, dedup, remembered) => {
  const policy = retentionPolicy({
    ...{ signatureToleranceSeconds: tolerance, dedupSeconds: dedup },
    ...{ retentionTasks: 7, retentionDays: 2 },
  });
  expect(policy).toEqual({
    ...{ maxTasks: 7, maxAgeMs: 172_800_000, rememberMs: remembered * 1_000 },
  });
});

test("a captured request counts once for as long as it verifies, its record gone", async () => {
  await using redis = await startRedis();
  const T = 1;
  const env = { SIGNATURE_TOLERANCE: "1", DEDUP_SECONDS: "2", RETENTION_TASKS: "1" };
  const clock = { ms: Math.ceil(Date.now() / 1_000) * 1_000 };
  await using consumer = await runConsumer(redis.url, env, { nowMs: () => clock.ms });
  const signedAt = clock.ms + T * 1_000;
  const captured = newTask();
  const send = async () =>
    (await replyOf(await consumer.send(captured, { sign: { nowMs: signedAt } }))).retval;
  const first = await send();
  expect(first).toMatchObject({ accepted: 1 });
  const sentAt = performance.now();
  await consumer.send(newTask(), { sign: { nowMs: clock.ms } });

  const record = `${consumer.origin}/api/tasks/${first?.taskids[0]}`;
  await until(async () => (await fetch(record)).status === 404);
  await until(() => performance.now() - sentAt > 2_100);
  // The last instant at which it verifies.
  clock.ms = signedAt + T * 1_000 + 999;
  expect(await send()).toMatchObject({ accepted: 0, duplicates: 1 });
  clock.ms += 1;
  expect(await send()).toBeUndefined();
});
