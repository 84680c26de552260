import type { DeadLetterPage, RetryJob } from "@taskpulse/contract";
import { until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { readJson } from "../fixtures/ingest-calls.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";
import { storeOf } from "../fixtures/store-of.ts";

const consumer = consumerUnderTest();
const api = apiOf(consumer);
const store = storeOf(consumer);
let batches = 0;

/** So many tasks of a batch of their own that have failed. */
async function failedTasks(count: number, fields: object = {}) {
  batches += 1;
  const batchid = `failed-${batches}`;
  const tasks = Array.from({ length: count }, (_, id) => ({
    ...{ batchid, id, owner: "Ann", priority: "Major", call: { url: "http://127.0.0.1:9/" } },
    ...fields,
  }));
  const { body } = await api.post("/api/tasks", tasks);
  const taskids = body.taskids as string[];
  await Promise.all(taskids.map((taskid) => store.fail(taskid)));
  return { batchid, taskids };
}

const read = <T>(path: string) => readJson<T>(consumer.origin, path);
const jobIs = async (jobid: unknown, state: RetryJob["state"]) => {
  let job = await read<RetryJob>(`/api/retries/${jobid}`);
  await until(
    async () => {
      job = await read<RetryJob>(`/api/retries/${jobid}`);
      return job.state === state;
    },
    { what: `the job to be ${state}` },
  );
  return job;
};

test("a filter retries all it fits, and tells how far it is", async () => {
  const { batchid } = await failedTasks(450);
  await failedTasks(3);
  const { status, headers, body } = await api.post("/api/tasks/retry", { batchid });
  expect(status).toBe(202);
  expect(headers.get("location")).toBe(`/api/retries/${body.jobid}`);
  expect(body).toMatchObject({ state: "running", filter: { batchid }, total: expect.any(Number) });
  expect(await jobIs(body.jobid, "done")).toMatchObject({
    ...{ matched: 450, done: 450, changed: 450, skipped: 0, failed: 0 },
    ended_at: expect.any(String),
  });
  const { total } = await read<DeadLetterPage>("/api/dead-letters");
  expect(total).toBe(3);
  const { retries } = await read<{ retries: RetryJob[] }>("/api/retries?limit=1");
  expect(retries.map(({ jobid }) => jobid)).toEqual([body.jobid]);
});

test.each([
  [undefined, ""],
  [[], ""],
  [{ stat: "failed" }, "stat"],
  [{ state: "running" }, "state"],
  [{ priority: "low" }, "priority"],
  [{ batchid: "" }, "batchid"],
  [{ q: 7 }, "q"],
  [{ type: "Bad" }, "type"],
  [{ state: "cancelled", type: "Timeout" }, "type"],
  [{ since: "yesterday" }, "since"],
  [{ before: "2026-02-30T00:00:00Z" }, "before"],
])("a filter that is none retries nothing: %j", async (filter, path) => {
  const { status, body } = await api.post("/api/tasks/retry", filter);
  expect([status, body.code]).toEqual([400, "invalid_request"]);
  expect(body.errors?.map((error) => error.path)).toEqual([path]);
});

test("what is not JSON is refused as such", async () => {
  expect((await api.post("/api/tasks/retry", "{")).body.code).toBe("invalid_json");
  const form = { "content-type": "application/x-www-form-urlencoded" };
  expect((await api.post("/api/tasks/retry", "state=failed", form)).status).toBe(415);
});

test("under one key there is one job", async () => {
  const { batchid } = await failedTasks(2);
  const key = { "idempotency-key": "again" };
  const first = await api.post("/api/tasks/retry", { batchid }, key);
  const second = await api.post("/api/tasks/retry", { batchid }, key);
  expect(second.body.jobid).toBe(first.body.jobid);
  const other = await api.post("/api/tasks/retry", {}, key);
  expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
  expect(await jobIs(first.body.jobid, "done")).toMatchObject({ changed: 2 });
});

test("a job can be cancelled while it runs, and not when it is done", async () => {
  const { batchid } = await failedTasks(1);
  const done = await api.post("/api/tasks/retry", { batchid });
  await jobIs(done.body.jobid, "done");
  const late = await api.post(`/api/retries/${done.body.jobid}/cancel`);
  expect([late.status, late.body.code]).toEqual([409, "job_ended"]);
  for (const path of ["/api/retries/none", "/api/retries/none/cancel"]) {
    const unknown = await (path.endsWith("cancel") ? api.post(path) : api.get(path));
    expect([unknown.status, unknown.body.code], path).toEqual([404, "not_found"]);
  }
  // Nobody works on it while another holds the lease.
  await store.redis.set("tp:{0}:retries:lease", "another", "PX", 60_000);
  const held = await api.post("/api/tasks/retry", { batchid });
  const cancelled = await api.post(`/api/retries/${held.body.jobid}/cancel`);
  expect(cancelled).toMatchObject({ status: 200, body: { state: "cancelled", looked: 0 } });
  expect((await api.post(`/api/retries/${held.body.jobid}/cancel`)).status).toBe(200);
  await store.redis.del("tp:{0}:retries:lease");
});

test("a consumer that was killed leaves its job to the next, and no task is retried twice", async () => {
  const { batchid, taskids } = await failedTasks(250);
  // As if a consumer had begun and died: the lease is its own for a while.
  await store.redis.set("tp:{0}:retries:lease", "dead", "PX", 1_500);
  const { body } = await api.post("/api/tasks/retry", { batchid });
  expect(await read(`/api/retries/${body.jobid}`)).toMatchObject({ state: "running", looked: 0 });
  const second = await runConsumer(consumer.redis.url);
  try {
    expect(await jobIs(body.jobid, "done")).toMatchObject({ changed: 250, skipped: 0 });
  } finally {
    await second[Symbol.asyncDispose]();
  }
  const rounds = await Promise.all(
    taskids.map(async (id) => (await read<{ round: number }>(`/api/tasks/${id}`)).round),
  );
  expect(new Set(rounds)).toEqual(new Set([1]));
});

test("a job goes on after Redis was killed", async () => {
  const { batchid } = await failedTasks(120);
  const { body } = await api.post("/api/tasks/retry", { batchid });
  await consumer.redis.kill("SIGKILL");
  expect((await api.get("/api/retries")).status).toBe(503);
  await consumer.redis.restart();
  await until(async () => (await api.get("/api/retries")).status === 200);
  expect(await jobIs(body.jobid, "done")).toMatchObject({ changed: 120 });
});

test("dead letters come with their error, in pages, by filter", async () => {
  const { batchid, taskids } = await failedTasks(3, { priority: "Critical", note: "Rechnung" });
  const page = await read<DeadLetterPage>(`/api/dead-letters?batchid=${batchid}&limit=2`);
  expect(page.tasks).toHaveLength(2);
  expect(page.tasks[0]).toMatchObject({
    ...{ batchid, owner: "Ann", priority: "Critical", state: "failed", attempts: 1, round: 0 },
    ...{ error: { type: "RemoteError", message: "no" }, failed_at: expect.any(String) },
  });
  const query = `batchid=${batchid}&limit=2&before=${page.before}`;
  const rest = await read<DeadLetterPage>(`/api/dead-letters?${query}`);
  const listed = [...page.tasks, ...rest.tasks].map(({ taskid }) => taskid);
  expect(new Set(listed)).toEqual(new Set(taskids));
  const found = await read<DeadLetterPage>(
    "/api/dead-letters?q=rechnung&priority=Critical&type=RemoteError",
  );
  expect(found.tasks).toHaveLength(3);
  expect((await read<DeadLetterPage>("/api/dead-letters?type=Timeout")).tasks).toEqual([]);
});

test.each([
  ["limit=0", "limit"],
  ["type=Nothing", "type"],
  ["priority=urgent", "priority"],
  ["before=1-1", "before"],
  ["q=a&q=b", "q"],
  ["batchid=", "batchid"],
])("GET /api/dead-letters?%s is refused by name", async (query, path) => {
  const { status, body } = await api.get(`/api/dead-letters?${query}`);
  expect([status, body.code]).toEqual([400, "invalid_request"]);
  expect(body.errors?.map((error) => error.path)).toEqual([path]);
});
