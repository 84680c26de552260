import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { feed, recoverLostJobs } from "./feed.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { taskidOf } from "./identity.ts";
import { type Keys, runStreamKey } from "./keys.ts";
import { takeLease } from "./lease.ts";
import { encodeTask } from "./record.ts";
import { Transitions } from "./transitions.ts";

let store: StoreUnderTest;
let redis: Redis;

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());

const idOf = (id: number) => taskidOf("b", id);
const IDS = [0, 1, 2, 3];
const AFTER: readonly (readonly number[])[] = [[], [0], [1, 3], []];

const anyOp = fc.record({
  op: fc.constantFrom(
    ...([
      "receive",
      "receive",
      "queue",
      "queue",
      "queueAgain",
      "start",
      "start",
      "startAgain",
    ] as const),
    ...(["succeed", "fail", "retryLater", "retryMuchLater", "accept", "report"] as const),
    ...(["cancel", "retry", "feed", "loseJob", "recover"] as const),
  ),
  id: fc.nat({ max: 3 }),
  delay: fc.constantFrom(undefined, 0.001, 60),
});

/** Where the next step of a task comes from; null when there is nothing that would ever make one. */
async function comesFrom(keys: Keys, id: number): Promise<string | null> {
  const taskid = idOf(id);
  const { s, d = "", y = "", l = "0" } = await redis.hgetall(keys.runPrefix + taskid);
  const entries = await redis.xrange(runStreamKey(keys, "2"), "-", "+");
  const isStreamed = entries.some(([, fields]) => fields[1] === taskid);
  const isDue = (await redis.zscore(`${keys.shard}due`, taskid)) !== null;
  const isHeld = (await redis.zscore(keys.held, taskid)) !== null;
  switch (s) {
    case undefined:
    case "s":
    case "f":
    case "c":
      return "nowhere";
    case "r":
      return isStreamed ? "stream" : null;
    case "t":
      return (d === "" ? isStreamed : isDue) ? "stream or time" : null;
    case "q":
      return isHeld ? "queue" : null;
    case "u":
      return (y === "1" ? isDue : isHeld) ? "queue or deadline" : null;
    default: {
      if (isDue) return "time";
      const waiters = (AFTER[id] ?? []).map((other) => `${keys.shard}w:${idOf(other)}`);
      const on = await Promise.all(waiters.map((key) => redis.sismember(key, taskid)));
      return on.filter((member) => member === 1).length === Number(l) && Number(l) > 0
        ? "others"
        : null;
    }
  }
}

test("whatever happens in whatever order, there is something that every task goes on by", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 10, maxLength: 60 }), async (ops) => {
      const keys = await store.fresh();
      const transitions = new Transitions(redis, keys);
      const places = new Map<number, { taskid: string; round: number; attempt: number }>();
      const jobs = new Map<number, { entry: string; job: string }>();
      const jobKey = (job: string) => `${keys.bullPrefix}:major:${job}`;
      await takeLease(redis, keys.feederLease, "me", 60_000);
      for (const { op, id, delay } of ops) {
        const taskid = idOf(id);
        const place = places.get(id) ?? { taskid, round: 0, attempt: 1 };
        const job = jobs.get(id);
        const tried = JSON.stringify(place);
        const finish = (verdict: Parameters<Transitions["finish"]>[2]) =>
          transitions.finish(place, tried, verdict);
        if (op === "receive") {
          const after = (AFTER[id] ?? []).map(idOf);
          const task = { batchid: "b", id, owner: "Ann", priority: "Major", after } as const;
          const call = { url: "http://127.0.0.1:9/" };
          const more = delay === undefined ? {} : { delay };
          await commitTasks(redis, keys, [
            encodeTask({ ...task, after: [...after], call, ...more }),
          ]);
        } else if (op === "queue") {
          const entries = await redis.xrange(runStreamKey(keys, "2"), "-", "+");
          const found = entries.find(([, fields]) => fields[1] === taskid);
          if (found === undefined) continue;
          const made = { entry: found[0], job: `${taskid}-${found[0]}` };
          jobs.set(id, made);
          await redis.hset(jobKey(made.job), "name", "run");
          await transitions.queue(taskid, "2", made.entry, made.job);
        } else if (op === "queueAgain") {
          if (job !== undefined) await transitions.queue(taskid, "2", job.entry, job.job);
        } else if (op === "start" || op === "startAgain") {
          const worker = op === "start" ? "one" : "two";
          const reply = await transitions.start(taskid, worker, job?.job ?? "none");
          if (reply.kind !== "stale") places.set(id, { taskid, ...reply });
        } else if (op === "succeed") await finish({ kind: "succeeded", resultJson: "1" });
        else if (op === "fail") await finish({ kind: "failed", errorJson: "{}" });
        else if (op === "retryLater") await finish({ kind: "retrying", delayMs: 0 });
        else if (op === "retryMuchLater") await finish({ kind: "retrying", delayMs: 60_000 });
        else if (op === "accept") await finish({ kind: "accepted", deadlineMs: 60_000 });
        else if (op === "report") await transitions.report(taskid, null, "succeeded", "1");
        else if (op === "cancel") await transitions.cancel(taskid);
        else if (op === "retry") await transitions.retry(taskid);
        else if (op === "feed")
          await feed(redis, keys, { token: "me", leaseMs: 60_000, mostAhead: 250 });
        else if (op === "loseJob") await redis.del(jobKey(job?.job ?? "none"));
        else await recoverLostJobs(redis, keys, { unseenMs: -1, most: 10 });
      }
      for (const id of IDS) expect(await comesFrom(keys, id)).not.toBeNull();
    }),
    { numRuns: 150 },
  );
}, 60_000);
