import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimBatches, releaseBatch } from "./batch-claim.ts";
import type { SendOutcome } from "./batch-event.ts";
import { pruneBatches } from "./batch-prune.ts";
import {
  listBatches,
  positionBeforeLast,
  readBatch,
  readBatchEvents,
  readProgress,
} from "./batch-read.ts";
import { closeCancelledBatch, recordOutcomes } from "./batch-record.ts";
import { type BatchCommand, changeBatch, createBatch } from "./batch-state.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";

let store: StoreUnderTest;
let redis: Redis;
beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());

const NOW = 1_800_000_000_000;
const mine = { token: "mine", ttlMs: 5_000 };
const atMost = (batches: number, tasks = 100) => ({ batches, tasks });
const other = { token: "other", ttlMs: 5_000 };

function create(keys: Keys, batchid: string, total: number, at = NOW): Promise<void> {
  const order = { batchid, total, waitSeconds: 0, concurrency: 1, seed: 1, mix: null };
  return createBatch(redis, keys, order, at);
}

function outcome(
  taskIndex: number,
  kind: "delivered" | "undelivered" | "retry",
  tries = 1,
): SendOutcome {
  const base = { taskIndex, owner: "Ann Lee", priority: "Low", status: 200, tries, ms: 1 } as const;
  switch (kind) {
    case "delivered":
      return { ...base, result: { kind } };
    case "undelivered":
      return { ...base, result: { kind, reason: "no" } };
    case "retry":
      return { ...base, result: { kind, reason: "no", retryInMs: 5 } };
    default:
      return kind satisfies never;
  }
}

test("of two claims one holds a batch, until it is given back", async () => {
  const keys = await store.fresh();
  await create(keys, "a", 3);
  expect(await claimBatches(redis, keys, mine, atMost(5))).toEqual([
    { batchid: "a", state: "running", round: 0 },
  ]);
  expect(await claimBatches(redis, keys, other, atMost(5))).toEqual([]);
  expect((await claimBatches(redis, keys, mine, atMost(5))).length).toBe(1);
  await releaseBatch(redis, keys, "a", other.token);
  expect(await claimBatches(redis, keys, other, atMost(5))).toEqual([]);
  await releaseBatch(redis, keys, "a", mine.token);
  await changeBatch(redis, keys, "a", "pause", NOW);
  expect(await claimBatches(redis, keys, other, atMost(5))).toEqual([]);
  await changeBatch(redis, keys, "a", "resume", NOW);
  expect((await claimBatches(redis, keys, other, atMost(0))).length).toBe(0);
  expect((await claimBatches(redis, keys, other, atMost(1))).length).toBe(1);
});

test("free batches are claimed oldest first, as many as fit; none overtakes one that does not", async () => {
  const keys = await store.fresh();
  const sizes = { huge: 500, small: 10, large: 95, tiny: 1 };
  for (const [i, [batchid, total]] of Object.entries(sizes).entries()) {
    await create(keys, batchid, total, NOW + i);
  }
  const claim = async (hold = mine) =>
    (await claimBatches(redis, keys, hold, atMost(5))).map(({ batchid }) => batchid).sort();
  const end = async (batchid: string) => {
    await changeBatch(redis, keys, batchid, "cancel", NOW);
    await closeCancelledBatch(redis, keys, batchid, mine, NOW);
  };
  expect(await claim()).toEqual(["huge"]);
  await end("huge");
  expect(await claim()).toEqual(["small"]);
  expect(await claim()).toEqual(["small"]);
  // What has only to be closed takes no place.
  await create(keys, "stopped", 90, NOW + 9);
  await changeBatch(redis, keys, "stopped", "cancel", NOW);
  expect(await claim()).toEqual(["small", "stopped"]);
  await end("stopped");
  await end("small");
  expect(await claim()).toEqual(["large", "tiny"]);
  expect(await claim(other)).toEqual([]);
});

test("records each outcome once, and nothing for who has lost the lease", async () => {
  const keys = await store.fresh();
  await create(keys, "b", 3);
  await claimBatches(redis, keys, mine, atMost(1));
  const record = (hold: typeof mine, ...outcomes: SendOutcome[]) =>
    recordOutcomes(redis, keys, "b", hold, outcomes, NOW + 1_000);
  expect(await record(other, outcome(0, "delivered"))).toEqual({ kind: "lost" });

  const first = [outcome(0, "delivered"), outcome(1, "retry"), outcome(2, "undelivered")];
  expect(await record(mine, ...first)).toEqual({ kind: "recorded", state: "running", round: 0 });
  expect(await record(mine, ...first)).toEqual({ kind: "recorded", state: "running", round: 0 });
  expect((await readBatch(redis, keys, "b"))?.view).toMatchObject({
    ...{ state: "running", delivered: 1, failed: 1, retrying: 1, ended_at: null },
  });
  const progress = await readProgress(redis, keys, "b");
  expect([progress.settled[0], [...progress.tries]]).toEqual([0b1010_0000, [[1, 1]]]);

  expect(await record(mine, outcome(1, "delivered", 2))).toMatchObject({ state: "done" });
  const events = await readBatchEvents(redis, keys, { batchid: "b", total: 3 }, "0-0", 100);
  expect(events.map(({ kind }) => kind)).toEqual(["task", "attempt", "task", "task", "done"]);
  const ended = await readBatch(redis, keys, "b");
  expect(ended?.doneEventId).toBe(events.at(-1)?.id);
  expect(ended?.view).toMatchObject({
    ...{ state: "done", delivered: 2, failed: 1, retrying: 0 },
    ended_at: new Date(NOW + 1_000).toISOString(),
  });
  expect(await record(mine, outcome(2, "delivered"))).toEqual({ kind: "ended" });
  expect(await claimBatches(redis, keys, other, atMost(1))).toEqual([]);

  expect(await changeBatch(redis, keys, "b", "retry", NOW)).toEqual({ kind: "changed" });
  expect(await claimBatches(redis, keys, other, atMost(1))).toEqual([
    { batchid: "b", state: "running", round: 1 },
  ]);
  expect((await readProgress(redis, keys, "b")).settled[0]).toBe(0b1100_0000);
  expect(await changeBatch(redis, keys, "none", "retry", NOW)).toEqual({ kind: "unknown" });
});

test("attempts never push final outcomes out of the stream", async () => {
  const keys = await store.fresh();
  await create(keys, "c", 2);
  const attempts = Array.from({ length: 12_000 }, (_, i) => outcome(1, "retry", i + 1));
  await recordOutcomes(redis, keys, "c", mine, [outcome(0, "delivered"), ...attempts], NOW);
  const [first] = await readBatchEvents(redis, keys, { batchid: "c", total: 2 }, "0-0", 1);
  expect(first?.kind).toBe("task");
  expect((await readProgress(redis, keys, "c")).tries.get(1)).toBe(12_000);
});

test("sending the undelivered again keeps the final outcomes of the rounds before", async () => {
  const keys = await store.fresh();
  await create(keys, "d", 2);
  const attempts = Array.from({ length: 12_000 }, (_, i) => outcome(1, "retry", i + 1));
  for (let round = 0; round < 2; round += 1) {
    const ends = outcome(1, "undelivered", 12_001);
    await recordOutcomes(redis, keys, "d", mine, [outcome(0, "delivered"), ...attempts, ends], NOW);
    expect(await changeBatch(redis, keys, "d", "retry", NOW)).toEqual({ kind: "changed" });
  }
  const events = await readBatchEvents(redis, keys, { batchid: "d", total: 2 }, "0-0", 50_000);
  const ends = events.filter(({ kind }) => kind !== "attempt");
  expect(ends.map(({ kind }) => kind)).toEqual(["task", "task", "done", "task", "done"]);
});

test("the search for the last events ends with the request that asked for it", async () => {
  const keys = await store.fresh();
  await create(keys, "e", 3_000);
  const all = Array.from({ length: 3_000 }, (_, i) => outcome(i, "delivered"));
  await recordOutcomes(redis, keys, "e", mine, all, NOW);
  const [first] = await readBatchEvents(redis, keys, { batchid: "e", total: 3_000 }, "0-0", 2);
  expect(await positionBeforeLast(redis, keys, "e", 2_999)).toBe(first?.id);
  const request = new AbortController();
  const search = positionBeforeLast(redis, keys, "e", 2_999, request.signal);
  request.abort();
  await expect(search).rejects.toThrow(/abort/i);
});

test("a full store takes no new batch, but lets those that run go on and end", async () => {
  await using full = await startStore();
  const keys = await full.fresh();
  const order = { total: 3, waitSeconds: 0, concurrency: 1, seed: 1, mix: null };
  for (const batchid of ["runs", "stops", "ended"]) {
    await createBatch(full.redis, keys, { ...order, batchid }, NOW);
  }
  const record = (batchid: string, ...outcomes: SendOutcome[]) =>
    recordOutcomes(full.redis, keys, batchid, mine, outcomes, NOW);
  const all = (kind: "delivered" | "undelivered") => [0, 1, 2].map((id) => outcome(id, kind));
  await record("ended", ...all("undelivered"));
  await full.redis.config("SET", "maxmemory", "1");
  await expect(full.redis.set("x", "y")).rejects.toThrow(/^OOM/);

  await expect(createBatch(full.redis, keys, { ...order, batchid: "new" }, NOW)).rejects.toThrow(
    /^OOM/,
  );
  const change = (batchid: string, command: BatchCommand) =>
    changeBatch(full.redis, keys, batchid, command, NOW);
  await expect(change("ended", "retry")).rejects.toThrow(/^OOM/);
  expect((await readBatch(full.redis, keys, "ended"))?.view).toMatchObject({ failed: 3 });

  expect(await claimBatches(full.redis, keys, mine, atMost(5))).toHaveLength(2);
  expect(await claimBatches(full.redis, keys, mine, atMost(5))).toHaveLength(2);
  for (const command of ["pause", "resume"] as const) {
    expect(await change("stops", command)).toEqual({ kind: "changed" });
  }
  expect(await record("runs", outcome(0, "retry"))).toMatchObject({ kind: "recorded" });
  expect(await record("runs", ...all("delivered"))).toMatchObject({ state: "done" });
  expect(await change("stops", "cancel")).toEqual({ kind: "changed" });
  await closeCancelledBatch(full.redis, keys, "stops", mine, NOW);
  expect((await readBatch(full.redis, keys, "stops"))?.doneEventId).not.toBeNull();
  await releaseBatch(full.redis, keys, "stops", mine.token);
  expect(await pruneBatches(full.redis, keys, { beforeMs: NOW + 1, keep: 0 })).toBe(3);
});

test("removes ended batches that are too old or too many, all of them, and no other", async () => {
  const keys = await store.fresh();
  for (const [i, batchid] of ["old", "runs", "x", "y", "z"].entries()) {
    await create(keys, batchid, 1, NOW + i);
    if (batchid !== "runs") {
      await recordOutcomes(redis, keys, batchid, mine, [outcome(0, "delivered")], NOW + i);
    }
  }
  const left = async () => (await listBatches(redis, keys, 10)).map(({ batchid }) => batchid);
  expect(await left()).toEqual(["z", "y", "x", "runs", "old"]);
  expect(await pruneBatches(redis, keys, { beforeMs: NOW + 1, keep: 10 })).toBe(1);
  expect(await left()).toEqual(["z", "y", "x", "runs"]);
  expect(await pruneBatches(redis, keys, { beforeMs: 0, keep: 2 })).toBe(1);
  expect(await left()).toEqual(["z", "y", "runs"]);
  expect(await redis.keys(`${keys.batchPrefix}*:x`)).toEqual([]);
  expect((await redis.keys(`${keys.batchPrefix}*:y`)).length).toBeGreaterThan(2);
});
