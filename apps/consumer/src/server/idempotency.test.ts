import type { Summary, TaskPage } from "@taskpulse/contract";
import { createKeys } from "@taskpulse/store";
import { startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type IngestReply, newTask, readJson, replyOf } from "../fixtures/ingest-calls.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";

const keys = createKeys();

let server: TestRedis;
let redis: Redis;
let consumers: [RunningConsumer, RunningConsumer];

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  consumers = [await runConsumer(server.url), await runConsumer(server.url)];
});
afterAll(async () => {
  redis.disconnect();
  for (const consumer of consumers) await consumer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const summary = () => readJson<Summary>(consumers[0].origin, "/api/summary");
const sum = (replies: IngestReply[], what: "accepted" | "duplicates" | "conflicts") =>
  replies.reduce((total, { retval }) => total + (retval?.[what] ?? 0), 0);

async function copiesOf(batchid: string) {
  const entries = await redis.xrange(keys.log, "-", "+");
  const taskids = entries.map(([, [, entry = ""]]) => entry.slice(5));
  const page = await readJson<TaskPage>(consumers[1].origin, `/api/tasks?batchid=${batchid}`);
  return { inLog: taskids.length, distinct: new Set(taskids).size, shown: page.tasks.length };
}

test("a thousand repeats at once, singly and in overlapping arrays, through two consumers, count once", async () => {
  const batchid = "storm";
  const before = await summary();
  const logBefore = await redis.xlen(keys.log);
  const task = (id: number) => ({ batchid, id, owner: "Ann", priority: "Critical" });
  const bodies: unknown[] = [];
  for (let round = 0; round < 12; round++) {
    for (let id = 0; id < 40; id++) bodies.push(task(id));
    for (let from = 0; from < 30; from += 3) {
      // Overlaps with its neighbours, and with itself.
      bodies.push([...Array.from({ length: 10 }, (_, i) => task(from + i)), task(from)]);
    }
  }
  const replies = await Promise.all(
    bodies.map(async (body, i) => {
      const response = await consumers[i % 2 === 0 ? 0 : 1].send(body);
      expect(response.status).toBe(200);
      return replyOf(response);
    }),
  );
  const sent = bodies.reduce<number>((n, body) => n + (Array.isArray(body) ? body.length : 1), 0);
  expect(sum(replies, "accepted")).toBe(40);
  expect(sum(replies, "duplicates")).toBe(sent - 40);
  expect(sum(replies, "conflicts")).toBe(0);
  const after = await summary();
  expect(after.total - before.total).toBe(40);
  expect(after.byPriority.Critical - before.byPriority.Critical).toBe(40);
  expect(await copiesOf(batchid)).toEqual({
    inLog: logBefore + 40,
    distinct: logBefore + 40,
    shown: 40,
  });
});

test("many versions of one task at once: one is kept, and all agree which", async () => {
  const { batchid, id } = newTask({ batchid: "versions" });
  const versions = Array.from({ length: 60 }, (_, i) => newTask({ batchid, id, version: i % 20 }));
  const replies = await Promise.all(
    versions.map(async (version, i) => replyOf(await consumers[i % 2 === 0 ? 0 : 1].send(version))),
  );
  expect(sum(replies, "accepted")).toBe(1);
  expect(sum(replies, "duplicates")).toBe(59);
  // The one that came first came three times.
  expect(sum(replies, "conflicts")).toBe(57);
  const [taskid] = replies[0]?.retval?.taskids ?? [];
  const kept = await readJson<{ task: { version: number } }>(
    consumers[0].origin,
    `/api/tasks/${taskid}`,
  );
  const winner = replies.findIndex(({ retval }) => retval?.accepted === 1) % 20;
  expect(kept.task.version).toBe(winner);
});

test("within one array the first of an identity counts, the others are duplicates or conflicts", async () => {
  const task = newTask();
  const other = { ...task, owner: "Bob" };
  const reply = await replyOf(await consumers[0].send([task, other, task]));
  expect(reply.retval).toMatchObject({ accepted: 1, duplicates: 2, conflicts: 1 });
  const [taskid] = reply.retval?.taskids ?? [];
  expect(reply.retval?.taskids).toEqual([taskid, taskid, taskid]);
  expect(await readJson(consumers[1].origin, `/api/tasks/${taskid}`)).toMatchObject({ task });
});

test("what carried a task makes no difference: signer, webhook-id, array or not", async () => {
  const task = newTask();
  await consumers[0].send(task, { sign: { id: "msg_a" } });
  const again = await replyOf(await consumers[1].send([task], { sign: { id: "msg_b" } }));
  expect(again.retval).toMatchObject({ accepted: 0, duplicates: 1, conflicts: 0 });
  const [taskid] = again.retval?.taskids ?? [];
  expect(await readJson(consumers[0].origin, `/api/tasks/${taskid}`)).toMatchObject({
    webhook_id: "msg_a",
  });
});

test("retention takes records, not identities: those stay as long as promised", async () => {
  await using own = await startRedis();
  await using small = await runConsumer(own.url, {
    RETENTION_TASKS: "1",
    DEDUP_SECONDS: "900",
    SIGNATURE_TOLERANCE: "300",
  });
  const client = new Redis(own.url);
  try {
    const tasks = Array.from({ length: 50 }, (_, id) => newTask({ batchid: "kept", id }));
    await small.send(tasks);
    await until(async () => (await client.xlen(keys.log)) === 1, { what: "one task to be left" });
    const gone = await fetch(`${small.origin}/api/tasks?batchid=kept`);
    expect(((await gone.json()) as TaskPage).tasks.length).toBe(1);
    const again = await replyOf(await small.send(tasks));
    expect(again.retval).toMatchObject({ accepted: 0, duplicates: 50, conflicts: 0 });
    const changed = await replyOf(await small.send(tasks.map((t) => ({ ...t, owner: "Eve" }))));
    expect(changed.retval).toMatchObject({ accepted: 0, duplicates: 50, conflicts: 50 });
    const [taskid = ""] = again.retval?.taskids ?? [];
    const leftMs = await client.pttl(keys.recordPrefix + taskid);
    expect(leftMs).toBeGreaterThan(870_000);
    expect(leftMs).toBeLessThanOrEqual(900_000);
    expect((await readJson<Summary>(small.origin, "/api/summary")).total).toBe(50);
  } finally {
    client.disconnect();
  }
});

test("a full store says so, takes nothing, forgets nothing", async () => {
  await using own = await startRedis();
  await using consumer = await runConsumer(own.url);
  const client = new Redis(own.url);
  try {
    const known = Array.from({ length: 200 }, (_, id) => newTask({ batchid: "full", id }));
    await consumer.send(known);
    await client.config("SET", "maxmemory", "1mb");
    for (const body of [newTask(), [newTask(), newTask()], [newTask(), ...known]]) {
      const response = await consumer.send(body);
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await replyOf(response)).toMatchObject({ status: 503, code: "store_full" });
    }
    expect(await client.xlen(keys.log)).toBe(200);
    const statuses = await Promise.all(known.map(async (t) => (await consumer.send(t)).status));
    expect(new Set(statuses)).not.toContain(500);
    expect((await readJson<Summary>(consumer.origin, "/api/summary")).total).toBe(200);
    await client.config("SET", "maxmemory", "0");
    const again = await replyOf(await consumer.send([...known, newTask()]));
    expect(again.retval).toMatchObject({ accepted: 1, duplicates: 200, conflicts: 0 });
  } finally {
    client.disconnect();
  }
});
