import { createLogger } from "@taskpulse/runtime";
import { capturedLog, captureServer, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { failedWith, run } from "../fixtures/handler-under-test.ts";
import { defineHandler, type HandlerContext, infoOf } from "./define-handler.ts";
import { CallFailed, PermanentFailure, RetryLater } from "./failures.ts";
import { handlersByName } from "./registry.ts";

const doing = (work: (context: HandlerContext) => unknown, more: { timeoutMs?: number } = {}) =>
  defineHandler({
    ...{ name: "doing", description: "Does it.", args: z.object({}), ...more },
    run: (_args, context) => work(context),
  });
const throwing = (error: unknown) =>
  doing(() => {
    throw error;
  });

test.each([
  ["a value", 7, 7],
  ["a promise of one", Promise.resolve({ a: [1] }), { a: [1] }],
  ["nothing", undefined, null],
  ["null", null, null],
])("what it returns is the result: %s", async (_what, returned, retval) => {
  expect(await run(doing(() => returned))).toEqual({ kind: "succeeded", retval });
});

test.each([
  ["a function", () => undefined],
  ["a BigInt", 1n],
  ["something that holds itself", () => undefined],
  ["too much", "x".repeat(262_143)],
])("%s is no result, and never will be", async (what, returned) => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const value = what === "something that holds itself" ? circle : returned;
  const outcome = await run(doing(() => value));
  expect(outcome).toEqual(
    failedWith(/can't be written as JSON|more than 256 KiB/, { retryable: false }),
  );
});

test.each([
  ["an error", new Error("the disk is full"), failedWith("the disk is full")],
  ["an error without words", new TypeError(), failedWith("TypeError")],
  ["a text", "no", failedWith("no")],
  ["a long one", new Error("x".repeat(9_000)), failedWith(/^x{2000}…$/)],
  ["a permanent failure", new PermanentFailure("gone"), failedWith("gone", { retryable: false })],
  ["later", new RetryLater(90, "busy"), failedWith("busy", { retryAfterMs: 90_000 })],
  ["much later", new RetryLater(1e9, "busy"), failedWith("busy", { retryAfterMs: 86_400_000 })],
])("what it throws, %s, makes the attempt fail", async (_what, error, outcome) => {
  expect(await run(throwing(error))).toEqual(outcome);
  expect(await run(doing(() => Promise.reject(error)))).toEqual(outcome);
});

test("args that don't fit fail for good, with every field named", async () => {
  const handler = defineHandler({
    ...{ name: "strict", description: "", args: z.object({ a: z.int(), b: z.string() }) },
    run: () => "ran",
  });
  const expected = "args.a must be a whole number; args.b must be a text";
  expect(await run(handler, { a: 1.5 })).toEqual(failedWith(expected, { retryable: false }));
  expect(await run(handler)).toMatchObject({ retryable: false });
  expect(await run(handler, { a: 1, b: "x", c: 3 })).toMatchObject({ kind: "succeeded" });
});

test("one that takes too long is given up, whether it listens or not", async () => {
  let signal: AbortSignal | undefined;
  const late = await run(
    doing(
      (context) => {
        signal = context.signal;
        return new Promise(() => undefined);
      },
      { timeoutMs: 30 },
    ),
  );
  const error = { type: "Timeout", message: "not done within 0.03 s" };
  expect(late).toEqual({ kind: "failed", retryable: true, error });
  expect(signal?.aborted).toBe(true);
});

test("an aborted one ends at once, and what it does then is nobody's concern", async () => {
  const log = capturedLog();
  const controller = new AbortController();
  let ended = false;
  const outcome = run(
    doing(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended = true;
      throw new Error("too late");
    }),
    {},
    { signal: controller.signal, log: createLogger("worker", "info", log.stream) },
  );
  controller.abort();
  expect(await outcome).toEqual({ kind: "aborted" });
  await until(() => ended);
  expect(log.text()).toBe("");
  let ran = false;
  const never = doing(() => {
    ran = true;
  });
  expect(await run(never, {}, { signal: controller.signal })).toEqual({ kind: "aborted" });
  expect(ran).toBe(false);
});

test("failures are logged with the task, those that nobody foresaw with where they happened", async () => {
  const captured = capturedLog();
  const log = createLogger("worker", "info", captured.stream);
  await run(throwing(new PermanentFailure("gone")), {}, { log, attempt: 2 });
  await run(throwing(new TypeError("x is undefined")), {}, { log });
  const place = { handler: "doing", taskid: "t".repeat(26) };
  expect(captured.lines()).toMatchObject([
    { ...place, attempt: 2, level: 40, reason: "gone", msg: "a handler failed" },
    { ...place, level: 50, err: { stack: expect.stringContaining("run-handler.test.ts") } },
    { ...place, level: 40, reason: "x is undefined" },
  ]);
});

test("a call is made with what it says, and its answer read", async () => {
  await using server = await captureServer();
  server.answer({ status: 201, headers: { "x-kind": "b" }, body: "grüße" });
  const asked = doing(async ({ call }) => {
    const { headers, ...reply } = await call({
      ...{ url: `${server.url}/a?b=1`, headers: { "x-from": "us" }, body: { a: ["ü"] } },
    });
    const read = await call({ url: server.url });
    return { ...reply, kind: headers["x-kind"], read: read.status };
  });
  expect(await run(asked)).toEqual({
    kind: "succeeded",
    retval: { status: 201, text: "grüße", isWhole: true, kind: "b", read: 201 },
  });
  expect(server.requests).toMatchObject([
    {
      ...{ method: "POST", path: "/a?b=1", body: '{"a":["ü"]}' },
      headers: { "content-type": "application/json", "x-from": "us" },
    },
    { method: "GET", path: "/", body: "" },
  ]);
});

test("a call that is not answered with 2xx fails the attempt, and is waited for as long as it asks", async () => {
  await using server = await captureServer();
  server.answer({ status: 503, headers: { "retry-after": "7" }, body: "busy" });
  const asks = doing(({ call }) => call({ url: server.url }));
  expect(await run(asks)).toEqual(
    failedWith("HTTP 503 Service Unavailable", { status: 503, reply: "busy", retryAfterMs: 7_000 }),
  );
  server.answer({ status: 404 });
  expect(await run(asks)).toEqual(failedWith("HTTP 404 Not Found", { status: 404 }));
  const forgiving = doing(({ call }) =>
    call({ url: server.url }).catch(
      (error: unknown) => error instanceof CallFailed && error.status,
    ),
  );
  expect(await run(forgiving)).toEqual({ kind: "succeeded", retval: 404 });
  const inside = doing(({ call }) => call({ url: "http://169.254.169.254/" }));
  const refused = await run(inside);
  expect(refused).toMatchObject({
    kind: "failed",
    retryable: false,
    error: { type: "HandlerError" },
  });
});

test("a call ends with the handler that made it", async () => {
  await using server = await captureServer();
  server.answer("hang");
  const controller = new AbortController();
  let thrown: unknown;
  const waits = doing(async ({ call }) => {
    await call({ url: server.url }).catch((error: unknown) => {
      thrown = error;
    });
  });
  const outcome = run(waits, {}, { signal: controller.signal });
  await server.received(1);
  controller.abort();
  expect(await outcome).toEqual({ kind: "aborted" });
  await until(() => thrown);
  expect(thrown).not.toBeInstanceOf(CallFailed);
});

test("names are unique, and fit where they are written", () => {
  const named = (name: string) => () =>
    defineHandler({ name, description: "", args: z.object({}), run: () => null });
  for (const name of ["", "1a", "a b", "__proto__", "a/b", "ä", "a".repeat(101)]) {
    expect(named(name), name).toThrow(TypeError);
  }
  expect(handlersByName([named("a.b-C_1")(), named("b")()]).size).toBe(2);
  expect(() => handlersByName([named("a")(), named("a")()])).toThrow("two handlers are named a");
});

test("what is told of a handler has its retries only where it says so", () => {
  const args = z.object({});
  const spec = { name: "a", description: "Does it.", args, run: () => null };
  expect(infoOf(defineHandler(spec))).not.toHaveProperty("max_retries");
  const retries = { maxRetries: 0, intervals: [1, 2] };
  expect(infoOf(defineHandler({ ...spec, retries }))).toMatchObject({
    ...{ name: "a", description: "Does it.", args: { type: "object" } },
    ...{ max_retries: 0, retry_intervals: [1, 2] },
  });
});
