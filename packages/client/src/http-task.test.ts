import { expect, test } from "vitest";
import { TaskRefused } from "./errors.ts";
import { clientOf, errorAnswer, TASKID } from "./fixtures/client-of.ts";

const ACCEPTED = { status: 202, body: { taskid: TASKID } };

async function accepting() {
  const it = await clientOf();
  it.taskpulse.answer(ACCEPTED);
  return {
    ...it,
    sent: () =>
      it.taskpulse.requests.map(({ method, path, body }) => {
        expect([method, path]).toEqual(["POST", "/api/tasks"]);
        return JSON.parse(body) as Record<string, unknown>;
      }),
  };
}

test("each method calls the endpoint that way", async () => {
  await using it = await accepting();
  const task = it.client.httpTask("http://host/multiply?z=1");
  const args = { x: 10, y: [1, "a", null] };
  const handle = await task.getAsync(args);
  expect(handle.taskid).toBe(TASKID);
  await task.headAsync(args);
  await task.postAsync(args);
  await task.putAsync(args);
  await task.patchAsync(args);
  await task.deleteAsync();
  const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
  expect(it.sent()).toEqual(
    methods.map((method) => ({
      ...{ id: expect.any(String), owner: "client", priority: "Moderate" },
      call: { url: "http://host/multiply?z=1", method, ...(method !== "DELETE" && { args }) },
    })),
  );
  expect(new Set(it.sent().map(({ id }) => id)).size).toBe(6);
});

test("options of the call win over those of the task, and all become fields", async () => {
  await using it = await accepting();
  const task = it.client.httpTask("http://host/", { priority: "Low", owner: "Ann", timeout: 1 });
  const runAt = new Date("2026-01-31T12:00:00Z");
  const before = task.getAsync();
  await task.postAsync(undefined, {
    ...{ priority: "Critical", owner: undefined, description: "d", delay: 1.5, runAt },
    ...{ after: [await before, task.getAsync(), TASKID], retries: 2, retryIntervals: [1, 2] },
    ...{ timeout: 9, deadline: 60, webhook: "http://me/done" },
  });
  await task.getAsync({}, { after: before, runAt: "2026-01-31", webhook: { url: "http://me" } });
  expect(it.sent()[2]).toEqual({
    ...{ id: expect.any(String), priority: "Critical", owner: "Ann", description: "d", delay: 1.5 },
    ...{ run_at: "2026-01-31T12:00:00.000Z", after: [TASKID, TASKID, TASKID], max_retries: 2 },
    ...{ retry_intervals: [1, 2], deadline: 60, webhook: { url: "http://me/done" } },
    call: { url: "http://host/", method: "POST", timeout: 9 },
  });
  expect(it.sent()[3]).toMatchObject({
    ...{ after: [TASKID], run_at: "2026-01-31", webhook: { url: "http://me" } },
    call: { timeout: 1 },
  });
});

test("a handler is started by its name", async () => {
  await using it = await accepting();
  const multiply = it.client.handlerTask<number>("multiply", { owner: "Ann" });
  await multiply.startAsync({ x: 1 }, { priority: "Major" });
  await multiply.startAsync();
  expect(it.sent()).toEqual([
    {
      id: expect.any(String),
      handler: "multiply",
      args: { x: 1 },
      owner: "Ann",
      priority: "Major",
    },
    { id: expect.any(String), handler: "multiply", owner: "Ann", priority: "Moderate" },
  ]);
});

test("a try whose answer was lost is the same task again", async () => {
  await using it = await accepting();
  const task = it.client.httpTask("http://host/");
  it.taskpulse.answer(() => (it.taskpulse.requests.length < 3 ? "reset" : ACCEPTED));
  await task.getAsync();
  const [first, second, third] = it.sent();
  expect([second, third]).toEqual([first, first]);
});

test("an idempotency key names the task instead", async () => {
  await using it = await accepting();
  const task = it.client.httpTask("http://host/");
  await task.getAsync({}, { idempotencyKey: "order-42" });
  expect(it.taskpulse.requests[0]?.headers["idempotency-key"]).toBe("order-42");
  expect(it.sent()[0]).not.toHaveProperty("id");
  it.taskpulse.answer(errorAnswer(422, "idempotency_key_reused"));
  const reused = task.getAsync({ x: 1 }, { idempotencyKey: "order-42" });
  await expect(reused).rejects.toBeInstanceOf(TaskRefused);
  await expect(reused).rejects.toMatchObject({ code: "idempotency_key_reused", errors: [] });
});

test("a refusal comes out of whatever the program awaits", async () => {
  await using it = await accepting();
  const errors = [{ path: "call.url", message: "must be an http:// or https:// address" }];
  it.taskpulse.answer(errorAnswer(400, "invalid_task", errors));
  const start = () => it.client.httpTask("http://host/").getAsync();
  for (const use of [
    () => start(),
    () => start().get(),
    () => start().status(),
    () => start().details(),
    () => start().cancel(),
    async () => (await start()).get(),
  ]) {
    await expect(use()).rejects.toMatchObject({ name: "TaskRefused", errors });
  }
});

test("its signal ends the sending", async () => {
  await using it = await accepting();
  it.taskpulse.answer("hang");
  const stop = new AbortController();
  const starting = it.client.httpTask("http://host/").getAsync({}, { signal: stop.signal });
  await it.taskpulse.received(1);
  stop.abort(new Error("enough"));
  await expect(starting).rejects.toThrow("enough");
});

test("what could not be sent is a TypeError", async () => {
  await using it = await accepting();
  const { httpTask, handlerTask, task } = it.client;
  const http = httpTask("http://host/");
  const wrong: [() => unknown, string][] = [
    [() => httpTask("host/multiply"), "httpTask takes an http:// or https:// address"],
    [() => httpTask("file:///etc"), "httpTask takes an http:// or https:// address"],
    [
      () => httpTask("http://host", { retry: 1 } as never),
      "httpTask does not take `retry`; it takes priority",
    ],
    [
      () => httpTask("http://host", { idempotencyKey: "x" } as never),
      "does not take `idempotencyKey`",
    ],
    [() => handlerTask(""), "handlerTask takes the name"],
    [() => handlerTask("m", { timeout: 1 } as never), "handlerTask does not take `timeout`"],
    [() => http.getAsync([1] as never), "getAsync takes named arguments, as {x: 10}, not an array"],
    [
      () => http.postAsync("x=1" as never),
      "postAsync takes named arguments, as {x: 10}, not a text",
    ],
    [() => http.getAsync({}, { prioriti: "Low" } as never), "getAsync does not take `prioriti`"],
    [() => task("abc"), "a taskid is 26 letters and digits, not another text"],
    [() => http.getAsync({ x: 1n }), "the task can't be written as JSON: "],
    [() => http.getAsync({}, { runAt: new Date("x") }), "`runAt` must be a valid Date"],
    [
      () => http.getAsync({}, { after: ["x"] }),
      "`after` must hold handles or taskids: a taskid is",
    ],
    [
      () => http.getAsync({}, { idempotencyKey: "" }),
      "`idempotencyKey` must be a text of 1 to 200",
    ],
    [() => http.getAsync({}, { signal: 1 as never }), "`signal` must be an AbortSignal"],
  ];
  for (const [use, message] of wrong) {
    const used = (async () => use())();
    await expect(used).rejects.toBeInstanceOf(TypeError);
    await expect(used).rejects.toThrow(message);
  }
  expect(it.taskpulse.requests).toHaveLength(0);
});
