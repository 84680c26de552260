import { TASK_STATES, type TaskDetail } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { expect, test } from "vitest";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { readJson } from "../fixtures/ingest-calls.ts";
import { storeOf } from "../fixtures/store-of.ts";

const consumer = consumerUnderTest();
const api = apiOf(consumer);
const store = storeOf(consumer);
const CALL = { url: "http://127.0.0.1:9/" };

async function newTask(fields: object = {}): Promise<string> {
  const sent = { owner: "Ann", priority: "Major", call: CALL, ...fields };
  const { status, body } = await api.post("/api/tasks", sent);
  expect(status).toBe(202);
  return String(body.taskid);
}

const detail = (taskid: string) => readJson<TaskDetail>(consumer.origin, `/api/tasks/${taskid}`);
const retry = (taskid: string) => api.post(`/api/tasks/${taskid}/retry`);
const cancel = (taskid: string) => api.post(`/api/tasks/${taskid}/cancel`);

/** Brings a new task into each state it can have. */
const REACH: Record<(typeof TASK_STATES)[number], () => Promise<string>> = {
  received: () => newTask(),
  waiting: () => newTask({ delay: 3_600 }),
  async queued() {
    const taskid = await newTask();
    await store.queue(taskid);
    return taskid;
  },
  async running() {
    const taskid = await newTask();
    await store.begin(taskid);
    return taskid;
  },
  async retrying() {
    const taskid = await newTask();
    const place = await store.begin(taskid);
    await store.transitions.finish(place, "{}", { kind: "retrying", delayMs: 3_600_000 });
    return taskid;
  },
  async succeeded() {
    const taskid = await newTask();
    await store.succeed(taskid);
    return taskid;
  },
  async failed() {
    const taskid = await newTask();
    await store.fail(taskid);
    return taskid;
  },
  async cancelled() {
    const taskid = await newTask();
    await cancel(taskid);
    return taskid;
  },
};

test.each(TASK_STATES)(
  "of a task that is %s, retry and cancel do what they say, or say why not",
  async (state) => {
    const [one, two] = [await REACH[state](), await REACH[state]()];
    expect((await detail(one)).state).toBe(state);
    const retried = await retry(one);
    if (state === "failed" || state === "cancelled") {
      expect(retried).toMatchObject({ status: 202, body: { taskid: one, state: "received" } });
      expect(await detail(one)).toMatchObject({ state: "received", round: 1, error: null });
    } else {
      expect(retried).toMatchObject({ status: 409, body: { code: "task_state" } });
      expect(retried.body.reason).toContain(state);
      expect((await detail(one)).state).toBe(state);
    }
    const cancelled = await cancel(two);
    if (state === "succeeded" || state === "failed") {
      expect(cancelled).toMatchObject({ status: 409, body: { code: "task_state" } });
      expect(cancelled.body.reason).toBe(
        `This task has ${state} already, so there is nothing left to cancel.`,
      );
      expect((await detail(two)).state).toBe(state);
    } else {
      expect(cancelled).toMatchObject({ status: 200, body: { taskid: two, state: "cancelled" } });
      expect((await detail(two)).state).toBe("cancelled");
    }
  },
);

test("a task that is only recorded has nothing to retry or cancel", async () => {
  const taskid = await newTask({ call: undefined, run_at: "2100-01-01T00:00:00Z" });
  for (const command of [retry, cancel]) {
    const { status, body } = await command(taskid);
    expect([status, body.code]).toEqual([409, "task_state"]);
    expect(body.reason).toContain("neither a call nor a handler");
  }
});

test.each([taskidOf("nobody", 1), "7", "..%2F..", "x".repeat(80)])(
  "404 for what is no task: %s",
  async (taskid) => {
    for (const command of [retry, cancel]) {
      expect(await command(taskid)).toMatchObject({ status: 404, body: { code: "not_found" } });
    }
  },
);

test("of many retries that come together one counts", async () => {
  const taskid = await newTask();
  await store.fail(taskid);
  const answers = await Promise.all(Array.from({ length: 20 }, () => retry(taskid)));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect((await detail(taskid)).round).toBe(1);
});

test("whatever the body is, other methods and other sites are refused", async () => {
  const taskid = await newTask();
  const text = await api.post(`/api/tasks/${taskid}/cancel`, "not json", {
    "content-type": "text/plain",
  });
  expect(text.status).toBe(200);
  for (const path of [`/api/tasks/${taskid}/retry`, "/api/tasks/retry", "/api/retries/1/cancel"]) {
    const got = await api.get(path);
    expect([got.status, got.headers.get("allow")], path).toEqual([405, "POST"]);
    const origin = { origin: "https://elsewhere.example" };
    expect((await api.post(path, {}, origin)).body.code).toBe("cross_site");
  }
});
