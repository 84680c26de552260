import { expect, test } from "@playwright/test";
import type { TaskDetail } from "@taskpulse/contract";
import { captureServer, isAlive, until } from "@taskpulse/test-kit";
import { type Part, type Product, startProduct } from "../src/product.ts";

let product: Product;

test.beforeAll(async () => {
  product = await startProduct();
});
test.afterAll(() => product[Symbol.asyncDispose]());

async function ask<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`${product.consumer}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const task = (id: number, more: object) => ({
  ...{ batchid: "runs", id, owner: "Ann", priority: "Major" },
  ...more,
});
const create = async (id: number, more: object) =>
  (await ask<{ taskid: string }>("/api/tasks", task(id, more))).taskid;
const find = (taskid: string) => ask<TaskDetail>(`/api/tasks/${taskid}`);
const reaches = (taskid: string, state: TaskDetail["state"]) =>
  until(async () => (await find(taskid)).state === state, {
    ...{ what: `the task to be ${state}`, timeoutMs: 30_000 },
  });

test("after everything was killed, a second start finds every task, schedule and dead letter, and goes on", async () => {
  test.setTimeout(120_000);
  await using remote = await captureServer();
  remote.answer(({ path }) => {
    if (path === "/refuses") return { body: { status: "failure", reason: "no" } };
    return path === "/hangs" ? "hang" : { body: { status: "success", retval: path } };
  });
  const call = (path: string) => ({
    call: { url: `${remote.url}${path}`, method: "GET", timeout: 60 },
    retry_intervals: [0],
  });
  const done = await create(1, call("/done"));
  const dead = await create(2, call("/refuses"));
  const open = await create(3, call("/hangs"));
  const later = await create(4, { ...call("/later"), delay: 20 });
  const after = await create(5, { ...call("/after"), after: [open] });
  const far = await create(6, { ...call("/far"), delay: 3_600 });
  const { scheduleid } = await ask<{ scheduleid: string }>("/api/schedules", {
    every: 1,
    missed: "catch_up",
    task: { owner: "Ann", priority: "Low", ...call("/every") },
  });
  await reaches(done, "succeeded");
  await reaches(dead, "failed");
  await reaches(open, "running");

  const parts: Part[] = ["launcher", "worker", "consumer", "producer", "redis"];
  const pids = await Promise.all(parts.map((part) => product.pid(part)));
  for (const part of parts) await product.kill(part, "SIGKILL").catch(() => undefined);
  await until(() => pids.every((pid) => !isAlive(pid)), { timeoutMs: 20_000 });
  await product.stop();
  remote.answer(({ path }) => ({ body: { status: "success", retval: path } }));
  await product.start();

  expect(await find(done)).toMatchObject({ state: "succeeded", result: "/done" });
  expect(await find(dead)).toMatchObject({ state: "failed", error: { type: "RemoteError" } });
  expect(await find(far)).toMatchObject({ state: "waiting" });
  const letters = await ask<{ tasks: { taskid: string }[] }>("/api/dead-letters");
  expect(letters.tasks.map(({ taskid }) => taskid)).toEqual([dead]);
  const schedule = await ask<{ state: string; runs: number }>(`/api/schedules/${scheduleid}`);
  expect(schedule.state).toBe("active");

  await reaches(open, "succeeded");
  expect((await find(open)).attempts).toMatchObject([
    { error: { type: "Interrupted" } },
    { outcome: "succeeded" },
  ]);
  await reaches(after, "succeeded");
  await reaches(later, "succeeded");
  await ask(`/api/tasks/${dead}/retry`, {});
  await reaches(dead, "succeeded");
  await until(async () => {
    const { runs } = await ask<{ runs: number }>(`/api/schedules/${scheduleid}`);
    return runs > schedule.runs + 2;
  });
  const runs = remote.requests
    .filter(({ path }) => path === "/every")
    .map(({ headers }) => headers);
  expect(new Set(runs.map((headers) => headers["taskpulse-task-id"])).size).toBe(runs.length);
});
