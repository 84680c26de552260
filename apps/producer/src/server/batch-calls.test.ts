import type { BatchView } from "@taskpulse/contract";
import { captureServer, startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ProducerUnderTest,
  parseEvents,
  startProducerUnderTest,
} from "../fixtures/producer-under-test.ts";

let redis: TestRedis;
let producer: ProducerUnderTest;
let receiver: Awaited<ReturnType<typeof captureServer>>;
beforeAll(async () => {
  redis = await startRedis();
  receiver = await captureServer();
  producer = await startProducerUnderTest({ redisUrl: redis.url, receiverUrl: receiver.url });
});
afterAll(async () => {
  await producer[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

test("an empty request takes the environment's defaults", async () => {
  const response = await fetch(`${producer.url}/api/batches`, { method: "POST" });
  expect(response.status).toBe(201);
  const batch = await response.json();
  expect(response.headers.get("location")).toBe(`/api/batches/${batch.batchid}`);
  expect(batch).toMatchObject({ state: "running", waitSeconds: 1, concurrency: 1, mix: null });
  expect(batch.total).toBeGreaterThanOrEqual(1);
  expect(batch.total).toBeLessThanOrEqual(100);
  expect(batch.batchid).toMatch(/^[0-9a-f-]{36}$/);
  expect(Number.isInteger(batch.seed)).toBe(true);
  expect(Number.isNaN(Date.parse(batch.created_at))).toBe(false);
});

test.each([
  [{ count: 0 }, ["count"]],
  [{ count: 100_001 }, ["count"]],
  [{ count: 1.5 }, ["count"]],
  [{ count: "5" }, ["count"]],
  [{ count: 5, min: 1, max: 2 }, ["count"]],
  [{ min: 5, max: 4 }, ["min"]],
  [{ waitSeconds: -1, concurrency: 257, seed: -1 }, ["waitSeconds", "concurrency", "seed"]],
  [{ waitSeconds: 3_601 }, ["waitSeconds"]],
  [{ concurrency: 0 }, ["concurrency"]],
  [{ mix: { Low: 0 } }, ["mix"]],
  [{ mix: { Low: 1, Urgent: 1 } }, ["mix.Urgent"]],
  [{ colour: "red", count: 0 }, ["count", "colour"]],
  [[], [""]],
  [null, [""]],
])("refuses %j and names %j", async (body, paths) => {
  const answer = await producer.call("POST", "/api/batches", body);
  expect(answer.status).toBe(400);
  const { code, status, errors } = answer.body as {
    code: string;
    status: string;
    errors: { path: string; message: string }[];
  };
  expect([status, code]).toEqual(["failure", "invalid_request"]);
  expect(errors.map(({ path }) => path).sort()).toEqual([...paths].sort());
});

test("says in plain words what parameters and fields take", async () => {
  const { batchid } = await producer.start({ count: 1, waitSeconds: 0 });
  const limit = "limit must be a whole number from 1 to 1000.";
  for (const [method, path, body, reason] of [
    ["GET", "/api/batches?limit=x", undefined, limit],
    ["GET", `/api/batches/${batchid}/outcomes?limit=1&limit=2`, undefined, limit],
    [
      ...["GET", `/api/batches/${batchid}/events?tail=-1`, undefined],
      "tail must be a whole number, 0 or more.",
    ],
    [
      ...["GET", `/api/batches/${batchid}/events?after=x`, undefined],
      "after must be the id of an event of this stream.",
    ],
    ["POST", "/api/batches", [], "The body must be an object."],
    [...["POST", "/api/batches", { count: 1, min: 1 }], "count must not stand beside min or max."],
    ["POST", "/api/batches", { mix: { Low: 0 } }, "mix must have one weight above 0."],
    [
      ...["POST", "/producetasks", { count: "5", seed: -1 }],
      "count must be a whole number from 1 to 100000; seed must be a whole number from 0 to 4294967295.",
    ],
    [
      ...["POST", "/api/batches", { a: 1, b: 2, c: 3, d: 4 }],
      "a is not a known field; b is not a known field; c is not a known field; 1 more.",
    ],
  ] as [string, string, unknown, string][]) {
    const answer = await producer.call(method, path, body);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request", reason } });
  }
});

test("refuses what is not JSON, and other media types", async () => {
  const post = (body: string, type: string) =>
    fetch(`${producer.url}/api/batches`, {
      method: "POST",
      body,
      headers: { "content-type": type },
    });
  expect((await post("{", "application/json")).status).toBe(400);
  expect((await post('{"count":1}', "text/plain")).status).toBe(415);
  expect((await post("", "text/plain")).status).toBe(201);
});

test("lists newest first, and says what does not exist", async () => {
  const first = await producer.start({ count: 1, waitSeconds: 0 });
  await producer.reaches(first.batchid, "done");
  const second = await producer.start({ min: 3, max: 3, waitSeconds: 0, seed: 9 });
  const { body } = await producer.call("GET", "/api/batches?limit=2");
  expect(
    (body as { batches: { batchid: string }[] }).batches.map(({ batchid }) => batchid),
  ).toEqual([second.batchid, first.batchid]);
  expect(second).toMatchObject({ total: 3, seed: 9 });
  expect((await producer.call("GET", "/api/batches?limit=0")).status).toBe(400);
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/events"],
    ["POST", "/pause"],
    ["POST", "/retry"],
  ]) {
    const answer = await producer.call(method ?? "", `/api/batches/none${path}`);
    expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
  }
});

test("a start with an Idempotency-Key happens once, and a bad key is refused", async () => {
  const start = (key: string, body: object, path = "/api/batches") =>
    fetch(producer.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(body),
    });
  const first = await start("order-1", { count: 2, waitSeconds: 0 });
  expect(first.status).toBe(201);
  const { batchid } = (await first.json()) as BatchView;
  expect(batchid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const done = await producer.reaches(batchid, "done");
  const second = await start("order-1", { count: 2, waitSeconds: 0 });
  expect([second.status, await second.json()]).toEqual([201, done]);
  const streamed = parseEvents(await (await start("order-1", {}, "/producetasks")).text());
  expect(streamed.at(-1)).toMatchObject({ event: "done", data: { batchid, delivered: 2 } });
  const other = (await (await start("order-2", { count: 2 })).json()) as BatchView;
  expect(other.batchid).not.toBe(batchid);
  for (const key of ["", "a b", "x".repeat(201)]) {
    const refused = await start(key, {});
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { errors: [{ path: "Idempotency-Key" }] },
    ]);
  }
});

test("impatient starts while Redis is frozen become one batch once it goes on", async () => {
  await using own = await startRedis();
  await using slow = await startProducerUnderTest({ redisUrl: own.url, receiverUrl: receiver.url });
  const list = async () =>
    ((await slow.call("GET", "/api/batches")).body as { batches: BatchView[] }).batches;
  const start = async () => {
    const headers = { "idempotency-key": "one-wish" };
    return (await fetch(`${slow.url}/api/batches`, { method: "POST", headers })).status;
  };
  await own.kill("SIGSTOP");
  expect(await Promise.all(Array.from({ length: 5 }, start))).toEqual(Array(5).fill(503));
  await own.kill("SIGCONT");
  await until(async () => (await start()) === 201, { what: "a start to be answered" });
  expect(await list()).toHaveLength(1);
});

test.each([
  ["DELETE", "/api/batches", "GET, POST, HEAD"],
  ["PUT", "/api/batches/x", "GET, HEAD"],
  ["GET", "/api/batches/x/pause", "POST"],
  ["POST", "/api/batches/x/events", "GET, HEAD"],
  ["GET", "/producetasks", "POST"],
])("%s %s is answered 405 with Allow: %s", async (method, path, allow) => {
  const response = await fetch(producer.url + path, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe(allow);
  expect(await response.json()).toMatchObject({ code: "method_not_allowed" });
});

test("tells the page its settings", async () => {
  expect(await producer.call("GET", "/api/settings")).toMatchObject({
    status: 200,
    body: { minTasks: 1, maxTasks: 100, waitSeconds: 1, receiverUrl: receiver.url },
  });
});

test("a full Redis is told apart from one that is away", async () => {
  await using full = await startRedis({ args: ["--maxmemory", "1mb"] });
  await using refused = await startProducerUnderTest({
    redisUrl: full.url,
    receiverUrl: receiver.url,
  });
  const response = await fetch(`${refused.url}/api/batches`, { method: "POST" });
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("10");
  expect(await response.json()).toMatchObject({ code: "store_full" });
});
