import { readCatalogue } from "@taskpulse/store";
import { captureServer, until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { runWorker } from "../fixtures/running-worker.ts";
import { type RunsUnderTest, startRunsUnderTest } from "../fixtures/runs-under-test.ts";
import { defineHandler } from "./define-handler.ts";
import { HANDLERS } from "./registry.ts";

let runs: RunsUnderTest;
beforeAll(async () => {
  runs = await startRunsUnderTest();
});
afterAll(() => runs[Symbol.asyncDispose]());

const startWorker = (handlers = HANDLERS) => runWorker(runs.server.url, runs.env, { handlers });

test("handlers run by name: what they return is the result, what they throw is tried again", async () => {
  await using server = await captureServer();
  await using _worker = await startWorker();
  const product = await runs.send(1, { handler: "multiply", args: { x: "10", y: 10 } });
  const called = await runs.send(2, { handler: "process_notification", args: { url: server.url } });
  const failing = await runs.send(3, {
    ...{ handler: "process_notification", args: { failure_probability: 1 } },
    ...{ max_retries: 2, retry_intervals: [0.05] },
  });
  const wrong = await runs.send(4, { handler: "multiply", args: { x: 1 } });

  expect((await runs.reaches(product, "succeeded")).result).toBe(100);
  const done = await runs.reaches(called, "succeeded");
  expect(done.result).toMatchObject({ called: true, status: 200 });
  expect(done.attempts).toMatchObject([{ attempt: 1, outcome: "succeeded" }]);
  expect(done.attempts[0]).not.toHaveProperty("status");
  expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ task_id: called, attempt: 1 });
  const failed = await runs.reaches(failing, "failed");
  const message = "failed at random, with a probability of 1";
  expect(failed.error).toEqual({ type: "HandlerError", message });
  expect(failed.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  const { attempts, error } = await runs.reaches(wrong, "failed");
  expect(attempts).toHaveLength(1);
  expect(error?.message).toBe("args.y must be a number, or a text that is one");
});

test("how often and when a handler is tried again is its own, unless the task says", async () => {
  const picky = defineHandler({
    ...{ name: "picky", description: "Never works.", args: z.object({}) },
    retries: { maxRetries: 1, intervals: [0.01] },
    run: () => Promise.reject(new Error("never")),
  });
  await using _worker = await startWorker([picky]);
  const own = await runs.send(11, { handler: "picky" });
  const said = await runs.send(12, { handler: "picky", max_retries: 0 });
  expect((await runs.reaches(own, "failed")).attempts).toHaveLength(2);
  expect((await runs.reaches(said, "failed")).attempts).toHaveLength(1);
  const fromFive = await runs.send(13, { handler: "picky", retry_intervals: [5] });
  const [first] = (await runs.reaches(fromFive, "retrying")).attempts;
  const waitMs = Date.parse(first?.retry_at ?? "") - Date.parse(first?.ended_at ?? "");
  expect(waitMs).toBeGreaterThanOrEqual(4_000);
  expect(waitMs).toBeLessThanOrEqual(6_000);
});

test("a task that names what this worker has not is tried again: another may have it", async () => {
  await using _worker = await startWorker([]);
  const taskid = await runs.send(21, { handler: "elsewhere", retry_intervals: [60] });
  const { attempts } = await runs.reaches(taskid, "retrying");
  expect(attempts[0]?.error?.message).toBe("This worker has no handler named elsewhere.");
});

test("a cancelled task ends its handler", async () => {
  const began = Promise.withResolvers<AbortSignal>();
  const patient = defineHandler({
    ...{ name: "patient", description: "Waits.", args: z.object({}) },
    run(_args, { signal }) {
      began.resolve(signal);
      return new Promise(() => undefined);
    },
  });
  await using _worker = await startWorker([patient]);
  const taskid = await runs.send(31, { handler: "patient" });
  const signal = await began.promise;
  expect(await runs.transitions.cancel(taskid)).toBe("changed");
  await until(() => signal.aborted, { what: "the handler to be told" });
  await runs.reaches(taskid, "cancelled");
});

test("a worker says what it can do before it is ready, in JSON that consumers read", async () => {
  const { redis, keys } = runs;
  await redis.del(keys.handlers, keys.callers);
  await using _worker = await startWorker();
  const handlers = await readCatalogue(redis, keys.handlers);
  expect([...handlers.keys()]).toEqual(["multiply", "process_notification"]);
  expect(JSON.parse(handlers.get("process_notification") ?? "")).toMatchObject({
    max_retries: 3,
    retry_intervals: [5],
    args: { type: "object", properties: { failure_probability: { rule: expect.any(String) } } },
  });
  expect([...(await readCatalogue(redis, keys.callers)).keys()]).toEqual(["basic"]);
});
