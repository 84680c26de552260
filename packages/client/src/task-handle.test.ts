import { FAILURE_TYPES } from "@taskpulse/contract";
import { captureServer } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { createClient } from "./client.ts";
import { clientOf, errorAnswer, TASKID } from "./fixtures/client-of.ts";
import * as client from "./index.ts";

const CLASSES = new Map<string, unknown>(Object.entries(client));

const status = (status: string, result: unknown = null) => ({
  body: { task: { id: TASKID, status, result } },
});
const failed = (type: string, message = "why") => status("FAILURE", { error: { type, message } });

test("waits until the task has succeeded, and gives what it returned", async () => {
  await using it = await clientOf();
  const seen = ["PENDING", "STARTED", "RETRY", "STARTED", "SUCCESS"];
  it.taskpulse.answer(() => status(seen[it.taskpulse.requests.length - 1] ?? "", 100));
  expect(await it.client.task<number>(TASKID).get()).toBe(100);
  expect(it.taskpulse.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
    seen.map(() => `GET /tasks/${TASKID}/status`),
  );
});

test.each(["null", "0", '""', "false", "[]"])("%s is a result, too", async (json) => {
  await using it = await clientOf();
  const result: unknown = JSON.parse(json);
  it.taskpulse.answer(status("SUCCESS", result));
  expect(await it.client.task(TASKID).get()).toEqual(result);
});

test.each([...FAILURE_TYPES])("%s is thrown as a class of its own", async (type) => {
  await using it = await clientOf();
  it.taskpulse.answer(({ path }) =>
    path.startsWith("/api/")
      ? { body: { taskid: TASKID, state: "failed", error: { type, message: "why", status: 418 } } }
      : failed(type),
  );
  const got = it.client.task(TASKID).get();
  await expect(got).rejects.toBeInstanceOf(CLASSES.get(type));
  await expect(got).rejects.toBeInstanceOf(client.TaskFailed);
  const http = type === "HttpError" ? { status: 418 } : {};
  await expect(got).rejects.toMatchObject({
    type,
    name: type,
    message: "why",
    taskid: TASKID,
    ...http,
  });
  if (type !== "HttpError") await expect(got).rejects.not.toHaveProperty("status");
});

test("a task that was cancelled, one that never runs, and a failure of a kind yet unknown", async () => {
  await using it = await clientOf();
  const { taskpulse } = it;
  taskpulse.answer(status("REVOKED"));
  await expect(it.client.task(TASKID).get()).rejects.toBeInstanceOf(client.Cancelled);
  taskpulse.answer(status("RECEIVED"));
  await expect(it.client.task(TASKID).get()).rejects.toBeInstanceOf(client.NeverRuns);
  taskpulse.answer(failed("NewerFailure"));
  const newer = it.client.task(TASKID).get();
  await expect(newer).rejects.toMatchObject({ type: "NewerFailure", message: "why" });
  await expect(newer).rejects.toBeInstanceOf(client.TaskFailed);
});

test("gives up after the time that was given, and can be asked again", async () => {
  await using it = await clientOf();
  it.taskpulse.answer(status("STARTED"));
  const handle = it.client.task(TASKID);
  const startedAt = performance.now();
  const got = handle.get({ timeoutMs: 300 });
  await expect(got).rejects.toBeInstanceOf(client.WaitTimeout);
  await expect(got).rejects.toMatchObject({ taskid: TASKID });
  await expect(got).rejects.toThrow("has not ended within 300 ms");
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(299);
  await expect(handle.get({ timeoutMs: 0 })).rejects.toBeInstanceOf(client.WaitTimeout);
  it.taskpulse.answer(status("SUCCESS", 1));
  expect(await handle.get({ timeoutMs: 0 })).toBe(1);
});

test("asks ever less often", async () => {
  await using it = await clientOf();
  it.taskpulse.answer(status("STARTED"));
  await it.client
    .task(TASKID)
    .get({ timeoutMs: 2_000 })
    .catch(() => null);
  const times = it.taskpulse.requests.map(({ at }) => at);
  // Every 25 ms at first, a quarter longer each time: 4 in the first 100 ms, about 13 from there to 2 s.
  expect(times.length).toBeLessThan(30);
  expect(times.length).toBeGreaterThan(3);
});

test("its signal ends the waiting at once", async () => {
  await using it = await clientOf();
  it.taskpulse.answer(status("STARTED"));
  const stop = new AbortController();
  const got = it.client.task(TASKID).get({ signal: stop.signal });
  await it.taskpulse.received(4);
  stop.abort(new Error("enough"));
  await expect(got).rejects.toThrow("enough");
  const { length } = it.taskpulse.requests;
  await expect(it.client.task(TASKID).get({ signal: stop.signal })).rejects.toThrow("enough");
  expect(it.taskpulse.requests).toHaveLength(length);
});

test("Taskpulse that is away, busy or restarting is waited for", async () => {
  await using it = await clientOf();
  const answers = ["reset", errorAnswer(503, "stopping"), errorAnswer(500, "internal_error")];
  it.taskpulse.answer(
    () => (answers[it.taskpulse.requests.length - 1] ?? status("STARTED")) as never,
  );
  const got = it.client.task(TASKID).get();
  await it.taskpulse.received(4);
  const { port } = it.taskpulse;
  await it.taskpulse[Symbol.asyncDispose]();
  await using again = await captureServer({ port });
  again.answer(status("SUCCESS", "back"));
  expect(await got).toBe("back");
});

test("Taskpulse that stays away is told of", async () => {
  await using it = await clientOf();
  await it.taskpulse[Symbol.asyncDispose]();
  const got = it.client.task(TASKID).get({ timeoutMs: 200 });
  await expect(got).rejects.toMatchObject({
    name: "WaitTimeout",
    cause: { message: "fetch failed" },
  });
});

test("what will not change is not waited for", async () => {
  await using it = await clientOf();
  it.taskpulse.answer(errorAnswer(404, "not_found"));
  await expect(it.client.task(TASKID).get()).rejects.toBeInstanceOf(client.TaskNotFound);
  it.taskpulse.answer(errorAnswer(401, "login_required"));
  await expect(it.client.task(TASKID).get()).rejects.toMatchObject({ code: "login_required" });
  it.taskpulse.answer({ body: "<html>" });
  await expect(it.client.task(TASKID).get({ timeoutMs: 50 })).rejects.toThrow();
});

test("status, details and cancel", async () => {
  await using it = await clientOf();
  const handle = it.client.task(TASKID);
  it.taskpulse.answer({ body: { taskid: TASKID, state: "running", attempts: [] } });
  expect(await handle.status()).toBe("running");
  expect(await handle.details()).toEqual({ taskid: TASKID, state: "running", attempts: [] });
  it.taskpulse.answer({ body: { taskid: TASKID, state: "cancelled" } });
  expect(await handle.cancel()).toBe(true);
  it.taskpulse.answer(errorAnswer(409, "task_state"));
  expect(await handle.cancel()).toBe(false);
  it.taskpulse.answer(errorAnswer(404, "not_found"));
  await expect(handle.cancel()).rejects.toBeInstanceOf(client.TaskNotFound);
  await expect(handle.status()).rejects.toThrow("It is not_found.");
  expect(it.taskpulse.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    ...[`GET /api/tasks/${TASKID}`, `GET /api/tasks/${TASKID}`],
    ...Array(3).fill(`POST /api/tasks/${TASKID}/cancel`),
    `GET /api/tasks/${TASKID}`,
  ]);
});

test("hundreds that wait share few connections, and none is forgotten", async () => {
  await using it = await clientOf();
  let open = 0;
  let most = 0;
  it.taskpulse.answer(async () => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    return status("SUCCESS", 1);
  });
  const handles = Array.from({ length: 400 }, () => it.client.task<number>(TASKID));
  const all = await Promise.all(handles.map((handle) => handle.get()));
  expect(all).toHaveLength(400);
  expect(most).toBeLessThanOrEqual(64);
});

test("bad options are TypeErrors", async () => {
  const handle = createClient().task(TASKID);
  await expect(handle.get({ timeoutMs: Number.NaN })).rejects.toThrow("`timeoutMs` must be");
  await expect(handle.get({ timeout: 5 } as never)).rejects.toThrow("get does not take `timeout`");
});
