import { connect } from "node:net";
import type { Summary, TaskDetail } from "@taskpulse/contract";
import { until } from "@taskpulse/test-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { newTask, readJson, replyOf } from "../fixtures/ingest-calls.ts";

const consumer = consumerUnderTest();

const summary = () => readJson<Summary>(consumer.origin, "/api/summary");
const total = async () => (await summary()).total;
const detail = (taskid: string) => readJson<TaskDetail>(consumer.origin, `/api/tasks/${taskid}`);

test("one task is stored, shown, and counted once however often it comes", async () => {
  const before = await total();
  const sent = newTask({ colour: "teal", nested: { a: [1, 2] } });
  const first = await replyOf(await consumer.send(sent, { sign: { id: "msg_42" } }));
  expect(first).toMatchObject({ retval: { accepted: 1, duplicates: 0, conflicts: 0 } });
  const again = await replyOf(
    await consumer.send(Object.fromEntries(Object.entries(sent).reverse())),
  );
  expect(again.retval).toEqual({ ...first.retval, accepted: 0, duplicates: 1 });
  const other = await replyOf(await consumer.send({ ...sent, owner: "Bob" }));
  expect(other.retval).toEqual({ ...first.retval, accepted: 0, duplicates: 1, conflicts: 1 });
  expect(await total()).toBe(before + 1);
  const [taskid = ""] = first.retval?.taskids ?? [];
  expect(await detail(taskid)).toMatchObject({
    task: sent,
    webhook_id: "msg_42",
    state: "received",
  });
});

test("an array is taken whole, with its repeats told, or not at all", async () => {
  const before = await total();
  const all = Array.from({ length: 1_000 }, () => newTask());
  const stored = await replyOf(await consumer.send([...all.slice(0, 998), all[0], all[1]]));
  expect(stored.retval).toMatchObject({ accepted: 998, duplicates: 2, conflicts: 0 });
  expect(stored.retval?.taskids.length).toBe(1_000);
  const bad = await replyOf(
    await consumer.send([newTask(), newTask({ priority: "Urgent", owner: "" })]),
  );
  expect(bad).toMatchObject({ status: 400, code: "invalid_task" });
  expect(bad.errors?.map((error) => error.path).sort()).toEqual(["1.owner", "1.priority"]);
  expect(await total()).toBe(before + 998);
});

test.each([
  ["no object", 5, [""]],
  ["null", null, [""]],
  ["nothing in it", {}, ["batchid", "id", "owner", "priority"]],
  ["an empty array", [], [""]],
  [
    "1,001 tasks",
    Array.from({ length: 1_001 }, (_, id) => ({ batchid: "b", id, owner: "o", priority: "Low" })),
    [""],
  ],
  ["a negative id", { batchid: "b", id: -1, owner: "o", priority: "Low" }, ["id"]],
  ["a fraction as id", { batchid: "b", id: 1.5, owner: "o", priority: "Low" }, ["id"]],
  ["an id beyond 2^53", { batchid: "b", id: 2 ** 53, owner: "o", priority: "Low" }, ["id"]],
  ["a long batchid", { batchid: "b".repeat(201), id: 1, owner: "o", priority: "Low" }, ["batchid"]],
  [
    "call and handler",
    { batchid: "b", id: 1, owner: "o", priority: "Low", handler: "h", call: { url: "http://a/" } },
    ["handler"],
  ],
  [
    "a file as call",
    { batchid: "b", id: 1, owner: "o", priority: "Low", call: { url: "file:///etc/passwd" } },
    ["call.url"],
  ],
  [
    "no date",
    { batchid: "b", id: 1, owner: "o", priority: "Low", raised_date: "soon" },
    ["raised_date"],
  ],
  [
    "timeouts out of bounds",
    {
      batchid: "b",
      id: 1,
      owner: "o",
      priority: "Low",
      call: { url: "http://a/", timeout: 0.1 },
      webhook: { url: "http://a/", timeout: 500 },
    },
    ["call.timeout", "webhook.timeout"],
  ],
])("400 names every bad field: %s", async (_name, body, paths) => {
  const refused = await replyOf(await consumer.send(body));
  expect(refused).toMatchObject({ status: 400, code: "invalid_task" });
  expect(refused.errors?.map((error) => error.path).sort()).toEqual([...paths].sort());
  expect(refused.reason).toMatch(/^The body is not .+\.$/);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["half of it", Buffer.from('{"batchid":')],
  ["invalid UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22])],
])("400 invalid_json: %s", async (_name, body) => {
  expect(await replyOf(await consumer.send(null, { body }))).toMatchObject({
    status: 400,
    code: "invalid_json",
  });
});

test("405 comes before everything else, and says what is possible", async () => {
  for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const response = await consumer.send(null, { method, body: "{", headers: {} });
    expect(response.headers.get("allow")).toBe("POST");
    expect(await replyOf(response)).toMatchObject({ status: 405, code: "method_not_allowed" });
  }
  // Too large as well: the connection may be closed while the body is still on its way.
  const large = await exchange(
    `PUT /consumetasks HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nx`,
  );
  expect(large).toMatch(/^HTTP\/1\.1 405 /);
  const get = await fetch(`${consumer.origin}/consumetasks`);
  expect(get.status).toBe(405);
});

test("413 comes before 415, 415 before 400", async () => {
  const large = "x".repeat(1_048_577);
  const text = { "content-type": "text/plain" };
  expect(await replyOf(await consumer.send(null, { body: large, headers: text }))).toMatchObject({
    status: 413,
    code: "body_too_large",
  });
  for (const type of ["text/plain", "application/jsonx", "application/json; charset=latin1", ""]) {
    const refused = await consumer.send(null, {
      body: Buffer.from("{"),
      headers: { "content-type": type },
    });
    expect(await replyOf(refused), type).toMatchObject({
      status: 415,
      code: "unsupported_media_type",
    });
  }
  const packed = { "content-type": "application/json", "content-encoding": "gzip" };
  expect((await consumer.send(newTask(), { headers: packed })).status).toBe(415);
});

test.each([
  "application/json",
  "Application/JSON; charset=UTF-8",
  'application/json;charset="utf-8"',
  "application/cloudevents+json",
])("%s is a JSON media type", async (type) => {
  expect((await consumer.send(newTask(), { headers: { "content-type": type } })).status).toBe(200);
});

/** Sends bytes as they are, and reads until something was answered. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(consumer.origin).port), "127.0.0.1", () =>
      socket.write(text),
    );
    socket.once("data", (answered) => {
      resolve(answered.toString("utf8"));
      socket.destroy();
    });
  });
}

test("what is no HTTP is answered with 400 and the error body", async () => {
  const reply = await exchange("NONSENSE\r\n\r\n");
  expect(reply).toMatch(/^HTTP\/1\.1 400 /);
  expect(reply).toContain('"code":"bad_request_line"');
});

test("what is nested too deep is refused, in a task and in an array", async () => {
  const deep = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  expect((await consumer.send(newTask({ fine: deep(90) }))).status).toBe(200);
  for (const levels of [101, 50_000]) {
    const body = JSON.stringify(newTask()).replace(
      "}",
      `,"deep":${"[".repeat(levels)}${"]".repeat(levels)}}`,
    );
    for (const sent of [body, `[${body}]`]) {
      const refused = await replyOf(await consumer.send(null, { body: sent }));
      expect(refused).toMatchObject({ status: 400, code: "invalid_task" });
      expect(refused.reason).toContain("nested deeper than 100 levels");
    }
  }
});

test("headers without end are refused with 431", async () => {
  const headers = { "content-type": "application/json", "x-long": "x".repeat(20_000) };
  expect(await replyOf(await consumer.send(newTask(), { headers }))).toMatchObject({
    status: 431,
    code: "headers_too_large",
  });
});

test("no JSON value makes the server fail, and what it takes it keeps as it was sent", async () => {
  const value = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
  const nearTask = fc.record(
    {
      batchid: fc.oneof({ weight: 3, arbitrary: fc.constant("fuzz") }, value),
      id: fc.oneof({ weight: 3, arbitrary: fc.uuid() }, value),
      owner: fc.oneof(
        { weight: 3, arbitrary: fc.string({ minLength: 1, unit: "grapheme" }) },
        value,
      ),
      priority: fc.oneof({ weight: 3, arbitrary: fc.constant("Low") }, value),
      args: value,
      anything: value,
    },
    { requiredKeys: ["batchid", "id", "owner", "priority"] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(nearTask, value), async (body) => {
      const response = await replyOf(await consumer.send(body));
      expect([200, 400]).toContain(response.status);
      const [taskid] = response.retval?.taskids ?? [];
      if (taskid === undefined || response.retval?.accepted !== 1 || Array.isArray(body)) return;
      expect((await detail(taskid)).task).toEqual(JSON.parse(JSON.stringify(body)));
    }),
    { numRuns: 150 },
  );
});

test("Redis frozen: 503 with Retry-After within two seconds; thawed: it goes on by itself", async () => {
  const before = await total();
  await consumer.redis.kill("SIGSTOP");
  const began = Date.now();
  try {
    const answers = await Promise.all(Array.from({ length: 40 }, () => consumer.send(newTask())));
    expect(Date.now() - began).toBeLessThan(2_000);
    for (const response of answers) {
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await replyOf(response)).toMatchObject({ status: 503, code: "store_unavailable" });
    }
    const summary = await fetch(`${consumer.origin}/api/summary`);
    expect([summary.status, summary.headers.get("retry-after")]).toEqual([503, "1"]);
  } finally {
    await consumer.redis.kill("SIGCONT");
  }
  await until(async () => (await consumer.send(newTask())).status === 200);
  expect(await total()).toBeGreaterThan(before);
});

test("Redis killed: 503 at once; started again: the same store, and it goes on by itself", async () => {
  const epoch = async () => (await summary()).epoch;
  const [before, count] = [await epoch(), await total()];
  await consumer.redis.kill("SIGKILL");
  expect((await consumer.send(newTask())).status).toBe(503);
  await until(async () => (await fetch(`${consumer.origin}/readyz`)).status === 503);
  expect((await fetch(`${consumer.origin}/healthz`)).status).toBe(200);
  await consumer.redis.restart();
  await until(async () => (await consumer.send(newTask({ id: "after" }))).status === 200);
  await until(async () => (await fetch(`${consumer.origin}/readyz`)).status === 200);
  expect(await epoch()).toBe(before);
  expect(await total()).toBe(count + 1);
});
