import { randomUUID } from "node:crypto";
import type { TaskDetail } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { expect, test } from "vitest";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { newTask, readJson, replyOf } from "../fixtures/ingest-calls.ts";
import { storeOf } from "../fixtures/store-of.ts";

const consumer = consumerUnderTest();
const api = apiOf(consumer);
const store = storeOf(consumer);
const PATH = "/api/tasks";
const CALL = { url: "http://127.0.0.1:9/" };
const plain = (fields: object = {}) => ({ owner: "Ann", priority: "Major", ...fields });
const detail = (taskid: unknown) =>
  readJson<TaskDetail>(consumer.origin, `${PATH}/${String(taskid)}`);
const total = async () =>
  (await readJson<{ total: number }>(consumer.origin, "/api/summary")).total;
const keyed = (key: string) => ({ "idempotency-key": key });

test("a task without batchid and id gets both, and is stored before the 202", async () => {
  const { status, headers, body } = await api.post(PATH, plain({ call: CALL, note: 7 }));
  expect(status).toBe(202);
  expect(Object.keys(body)).toEqual(["taskid"]);
  expect(headers.get("location")).toBe(`${PATH}/${body.taskid}`);
  const stored = await detail(body.taskid);
  expect(stored).toMatchObject({ batchid: "api", owner: "Ann", runnable: true, task: { note: 7 } });
  expect(stored.id).toMatch(/^[0-9a-f-]{36}$/);
  const again = await api.post(PATH, plain({ call: CALL, note: 7 }));
  expect(again.body.taskid).not.toBe(body.taskid);
});

test("what identifies a task is kept, and a repeat is told as one", async () => {
  const id = randomUUID();
  const taskid = taskidOf("mine", id);
  const send = (fields: object = {}) =>
    api.post(PATH, plain({ batchid: "mine", id, run_at: "2020-01-01T00:00:00Z", ...fields }));
  expect((await send()).body).toEqual({ taskid });
  expect((await send()).body).toEqual({ taskid, duplicate: true });
  expect((await send({ owner: "Bob" })).body).toEqual({ taskid, duplicate: true, conflict: true });
  expect(await detail(taskid)).toMatchObject({ owner: "Ann", runnable: false, state: "received" });
  // Half an identity is completed.
  const half = await api.post(PATH, plain({ id: 7 }));
  expect(half.body.taskid).toBe(taskidOf("api", 7));
});

test("an array is taken as a whole, or not at all", async () => {
  const { status, body } = await api.post(PATH, [plain(), plain({ id: 1, batchid: "array" })]);
  expect(status).toBe(202);
  const taskids = body.taskids as string[];
  expect(taskids).toEqual([expect.any(String), taskidOf("array", 1)]);
  const before = await total();
  const refused = await api.post(PATH, [plain(), { owner: "Ann" }]);
  expect(refused).toMatchObject({ status: 400, body: { code: "invalid_task" } });
  expect(refused.body.errors?.map(({ path }) => path)).toEqual(["1.priority"]);
  expect(await total()).toBe(before);
});

test("numbers keep their digits also where the identity was made here", async () => {
  const digits = '{"owner":"Ann","priority":"Low","n":123456789012345678901234567890}';
  const { body } = await api.post(PATH, digits);
  const text = await (await fetch(`${consumer.origin}${PATH}/${body.taskid}`)).text();
  expect(text).toContain('"n":123456789012345678901234567890');
});

test("under one key a request happens once: at once, together, in any order of fields", async () => {
  const key = randomUUID();
  const before = await total();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => api.post(PATH, plain({ call: CALL, a: 1 }), keyed(key))),
  );
  const reordered = { a: 1, call: CALL, priority: "Major", owner: "Ann" };
  answers.push(await api.post(PATH, reordered, keyed(key)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await total()).toBe(before + 1);
  // Another key, or none, is another request.
  await api.post(PATH, plain({ call: CALL, a: 1 }), keyed(`${key}2`));
  await api.post(PATH, plain({ call: CALL, a: 1 }));
  expect(await total()).toBe(before + 3);
});

test.each([
  ["other fields", plain({ call: CALL, a: 2 })],
  ["another batch", plain({ call: CALL, a: 1, batchid: "other" })],
  ["another id", plain({ call: CALL, a: 1, id: 5 })],
  ["an array", [plain({ call: CALL, a: 1 })]],
])("a key stands for one request: with %s it is refused", async (_what, other) => {
  const key = randomUUID();
  const first = await api.post(PATH, plain({ call: CALL, a: 1 }), keyed(key));
  expect(first.status).toBe(202);
  const before = await total();
  const refused = await api.post(PATH, other, keyed(key));
  expect(refused).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
  expect(await total()).toBe(before);
  const again = await api.post(PATH, plain({ call: CALL, a: 1 }), keyed(key));
  expect(again.body).toEqual(first.body);
});

test("of two requests that come together under one key, one is taken", async () => {
  const key = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, a) => api.post(PATH, plain({ a: a % 2 }), keyed(key))),
  );
  const taken = answers.filter(({ status }) => status === 202);
  expect(taken.length).toBe(5);
  expect(new Set(taken.map(({ body }) => body.taskid)).size).toBe(1);
  expect(answers.filter(({ status }) => status === 422).length).toBe(5);
});

test("a request that was refused has not used its key up", async () => {
  const key = randomUUID();
  const id = randomUUID();
  const own = taskidOf("circle", id);
  const bad = await api.post(PATH, plain({ priority: "Urgent" }), keyed(key));
  expect(bad.status).toBe(400);
  const circle = plain({ batchid: "circle", id, call: CALL, after: [own] });
  expect((await api.post(PATH, circle, keyed(key))).status).toBe(400);
  expect((await api.post(PATH, plain(), keyed(key))).status).toBe(202);
});

test("a key that is forgotten still means its task while that is there", async () => {
  const key = randomUUID();
  const first = await api.post(PATH, plain(), keyed(key));
  await store.forget("*:idempotency:*");
  expect((await api.post(PATH, plain(), keyed(key))).body).toEqual(first.body);
  await store.forget("*:idempotency:*");
  expect((await api.post(PATH, plain({ owner: "Bob" }), keyed(key))).status).toBe(422);
});

test.each([
  ["", "is empty"],
  ["a b", "holds a space"],
  ["é", "is not ASCII"],
  ["x".repeat(201), "is too long"],
])("an Idempotency-Key that is wrong is named: %j", async (key) => {
  const refused = await api.post(PATH, plain(), keyed(key));
  expect(refused).toMatchObject({
    status: 400,
    body: {
      code: "invalid_request",
      reason: "Idempotency-Key must be 1 to 200 visible ASCII characters.",
    },
  });
});

test("every field that is wrong is named, and nothing that is left out may be", async () => {
  const { status, body } = await api.post(PATH, {
    batchid: null,
    id: -1,
    owner: "",
    priority: "high",
    call: { url: "ftp://a" },
  });
  expect([status, body.code]).toEqual([400, "invalid_task"]);
  expect(body.errors?.map(({ path }) => path)).toEqual([
    "batchid",
    "id",
    "owner",
    "priority",
    "call.url",
  ]);
  for (const nothing of ["null", "7", '"a"', "[]", "[7]"]) {
    expect((await api.post(PATH, nothing)).body.code, nothing).toBe("invalid_task");
  }
});

test.each([
  [415, "unsupported_media_type", "{}", { "content-type": "text/plain" }],
  [415, "unsupported_media_type", "a=1", { "content-type": "application/x-www-form-urlencoded" }],
  [415, "unsupported_media_type", "{}", { "content-encoding": "gzip" }],
  [400, "invalid_json", "{", {}],
  [400, "invalid_json", "", {}],
  [413, "body_too_large", `"${"x".repeat(1_048_576)}"`, {}],
])("%i %s comes before any look at the task", async (status, code, body, headers) => {
  expect(await api.post(PATH, body, headers)).toMatchObject({ status, body: { code } });
});

test("there is no other method, and pages of other sites may not", async () => {
  const put = await api.call("PUT", PATH, plain());
  expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, POST, HEAD"]);
  const foreign = await api.post(PATH, plain(), { origin: "https://elsewhere.example" });
  expect(foreign).toMatchObject({ status: 403, body: { code: "cross_site" } });
});

test("a task that would wait for itself is refused, wherever it comes in", async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const waiting = (id: string, ...after: string[]) => ({
    ...plain({ batchid: "circle", id, call: CALL }),
    after: after.map((other) => taskidOf("circle", other)),
  });
  expect((await api.post(PATH, waiting(a, b))).status).toBe(202);
  const before = await total();
  const message = `must not lead back to the task itself, which is ${taskidOf("circle", b)}`;
  const single = { code: "invalid_task", errors: [{ path: "after", message }] };
  expect(await api.post(PATH, waiting(b, a))).toMatchObject({ status: 400, body: single });
  expect(await replyOf(await consumer.send(waiting(b, a)))).toMatchObject({
    status: 400,
    ...single,
  });
  const inArray = await replyOf(await consumer.send([newTask(), waiting(b, a)]));
  expect(inArray).toMatchObject({ status: 400, errors: [{ path: "1.after" }] });
  const itself = await replyOf(await consumer.send(waiting("me", "me")));
  expect(itself.reason).toBe(
    `The body is not a task: after: must not lead back to the task itself, which is ${taskidOf("circle", "me")}.`,
  );
  expect(await total()).toBe(before);
  // A task that is only recorded waits for nothing.
  expect((await consumer.send({ ...waiting(b, a), call: undefined })).status).toBe(200);
});

test("Redis frozen: 503 with Retry-After, also for tasks that wait for others", async () => {
  await consumer.redis.kill("SIGSTOP");
  try {
    const waits = { call: CALL, after: [taskidOf("x", 1)] };
    const began = performance.now();
    const answers = await Promise.all([
      api.post(PATH, plain()),
      api.post(PATH, plain(), keyed("frozen")),
      api.post(PATH, plain(waits)),
    ]);
    const ingest = await consumer.send(newTask(waits));
    expect(performance.now() - began).toBeLessThan(4_000);
    expect([ingest.status, ingest.headers.get("retry-after")]).toEqual([503, "1"]);
    for (const { status, headers, body } of answers) {
      expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
      expect(body.code).toBe("store_unavailable");
    }
  } finally {
    await consumer.redis.kill("SIGCONT");
  }
});
