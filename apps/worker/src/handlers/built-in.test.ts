import { parseExact } from "@taskpulse/contract";
import { captureServer } from "@taskpulse/test-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { failedWith, run } from "../fixtures/handler-under-test.ts";
import { multiply } from "./multiply.ts";
import { processNotification } from "./process-notification.ts";

test.each([
  [{ x: 10, y: 10 }, 100],
  [{ x: "10", y: "10" }, 100],
  [{ x: "-2.5", y: 4 }, -10],
  [{ x: "+.5", y: "1e2" }, 50],
  [{ x: "3.", y: 0 }, 0],
  [parseExact('{"x":9007199254740993,"y":1}'), 9_007_199_254_740_992],
])("multiply %j gives %d", async (args, retval) => {
  expect(await run(multiply, args)).toEqual({ kind: "succeeded", retval });
});

test.each([
  "",
  " ",
  " 1",
  "0x10",
  "1_000",
  "Infinity",
  "NaN",
  "1e999",
  "1,5",
  "٣",
  true,
  null,
  [1],
  {},
])("multiply takes %j for no number", async (x) => {
  const message = "args.x must be a number, or a text that is one";
  expect(await run(multiply, { x, y: 1 })).toEqual(failedWith(message, { retryable: false }));
});

test("multiply of finite numbers is one, or fails for good", async () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  await fc.assert(
    fc.asyncProperty(number, number, async (x, y) => {
      const outcome = await run(multiply, { x: String(x).slice(0, 200), y });
      if (outcome.kind === "succeeded") expect(outcome.retval).toBeTypeOf("number");
      else expect(outcome).toMatchObject({ retryable: false });
    }),
    { numRuns: 50 },
  );
});

test("process_notification calls its address once, with what it was given", async () => {
  await using server = await captureServer();
  const outcome = await run(processNotification(), { url: `${server.url}/n`, message: "hi" });
  expect(outcome).toEqual({
    kind: "succeeded",
    retval: { called: true, status: 200, duration_ms: expect.any(Number) },
  });
  expect(server.requests.map(({ method, path, body }) => [method, path, JSON.parse(body)])).toEqual(
    [["POST", "/n", { task_id: "t".repeat(26), attempt: 1, message: "hi" }]],
  );
  await run(processNotification(), { url: server.url, method: "GET" });
  expect(server.requests.at(-1)).toMatchObject({ method: "GET", body: "" });
  expect(await run(processNotification())).toEqual({
    kind: "succeeded",
    retval: { called: false },
  });
});

test.each([
  [0.29, 0.3, true],
  [0.3, 0.3, false],
  [0, 0, false],
  [0.999, 1, true],
  [0.29, "0.3", true],
  [0.3, ".3", false],
  [0, undefined, false],
])("with %d drawn and a probability of %j it fails at random: %s", async (drawn, given, fails) => {
  await using server = await captureServer();
  const handler = processNotification(() => drawn);
  const outcome = await run(handler, { url: server.url, failure_probability: given });
  expect(outcome.kind).toBe(fails ? "failed" : "succeeded");
  if (fails)
    expect(outcome).toEqual(failedWith(/^failed at random, with a probability of 0?\.3$|of 1$/));
  expect(server.requests).toHaveLength(fails ? 0 : 1);
});

test.each<[object, string]>([
  [{ failure_probability: 1.1 }, "args.failure_probability must be a number from 0 to 1"],
  [{ failure_probability: "2" }, "args.failure_probability must be a number from 0 to 1"],
  [
    { url: "ftp://a.example/" },
    "args.url must be an http:// or https:// address of at most 2,000 characters",
  ],
  [{ url: "" }, "args.url must be an http:// or https:// address of at most 2,000 characters"],
])("process_notification does not take %j", async (args, message) => {
  const refused = failedWith(message, { retryable: false });
  expect(await run(processNotification(), args)).toEqual(refused);
});

test("process_notification says why its service failed, and is tried again after 5 s, 3 times", async () => {
  await using server = await captureServer();
  server.answer({ status: 500, body: "oops" });
  const handler = processNotification();
  expect(await run(handler, { url: server.url })).toEqual(
    failedWith("HTTP 500 Internal Server Error", { status: 500, reply: "oops" }),
  );
  expect(handler.retries).toEqual({ maxRetries: 3, intervals: [5] });
});
