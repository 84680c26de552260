import { setTimeout as sleep } from "node:timers/promises";
import type { ErrorBody, RowsAnswer, Summary, TaskPage } from "@taskpulse/contract";
import { startRedis, until } from "@taskpulse/test-kit";
import fc from "fast-check";
import { io as connect } from "socket.io-client";
import { beforeAll, expect, test } from "vitest";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";

const consumer = consumerUnderTest();

beforeAll(async () => {
  const tasks = Array.from({ length: 120 }, (_, id) => ({
    batchid: id < 60 ? "first" : "second",
    id,
    owner: `Owner ${id}`,
    priority: id % 2 ? "Low" : "Critical",
  }));
  expect((await consumer.send(tasks)).status).toBe(200);
});

async function read<T>(path: string): Promise<{ status: number; body: T }> {
  const response = await fetch(consumer.origin + path);
  return { status: response.status, body: (await response.json()) as T };
}

test("the summary is the store's", async () => {
  const { body } = await read<Summary>("/api/summary");
  expect(body).toMatchObject({
    total: 120,
    byPriority: { Low: 60, Moderate: 0, Major: 0, Critical: 60 },
    byState: { received: 120, failed: 0 },
  });
  expect(body.epoch).toMatch(/^[0-9a-f]{16}$/);
});

test("tasks come in pages, newest first, by priority, batch and text", async () => {
  const { body } = await read<TaskPage>("/api/tasks?limit=100");
  expect(body.tasks.length).toBe(100);
  expect(body.tasks[0]).toMatchObject({ batchid: "second", id: 119, owner: "Owner 119" });
  const { body: rest } = await read<TaskPage>(`/api/tasks?limit=100&before=${body.before}`);
  expect(rest.tasks.map((task) => task.id)).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
  expect(rest.before).toBeNull();
  const { body: filtered } = await read<TaskPage>(
    "/api/tasks?batchid=first&priority=Low&q=owner+1",
  );
  expect(filtered.tasks.map((task) => task.id)).toEqual([19, 17, 15, 13, 11, 1]);
});

test("rows are read by their taskids, and what is not kept is left out", async () => {
  const { body: page } = await read<TaskPage>("/api/tasks?limit=3");
  const [first, second, third] = page.tasks;
  const asked = [third?.taskid, "z".repeat(26), first?.taskid];
  const { body } = await read<RowsAnswer>(`/api/rows?taskids=${asked}`);
  expect(body.tasks).toEqual([third, first]);
  for (const wrong of [
    "",
    "?taskids=",
    `?taskids=${second?.taskid},x`,
    `?taskids=${Array(101).fill(second?.taskid)}`,
  ]) {
    const { status, body } = await read<ErrorBody>(`/api/rows${wrong}`);
    expect(status).toBe(400);
    expect(body.reason).toBe("taskids must be 1 to 100 taskids, separated by commas.");
  }
});

const PRIORITY = "Low, Moderate, Major or Critical";
const STATE = "received, waiting, queued, running, retrying, succeeded, failed or cancelled";

test.each([
  ["limit=0", "limit must be a whole number from 1 to 200."],
  ["limit=201", "limit must be a whole number from 1 to 200."],
  ["limit=ten", "limit must be a whole number from 1 to 200."],
  ["limit=5&limit=6", "limit must be a whole number from 1 to 200."],
  ["limit=", "limit must be a whole number from 1 to 200."],
  ["priority=low", `priority must be ${PRIORITY}.`],
  ["priority=", `priority must be ${PRIORITY}.`],
  ["state=lost", `state must be ${STATE}.`],
  ["before=1", "before must be the `before` of an earlier page."],
  ["before=1-1&before=1-1", "before must be the `before` of an earlier page."],
  ["batchid=", "batchid must be one text of 1 to 200 characters."],
  ["q=a&q=b", "q must be one text of at most 200 characters."],
  [`q=${"x".repeat(201)}`, "q must be one text of at most 200 characters."],
])("GET /api/tasks?%s is refused by name, and told what it takes", async (query, reason) => {
  const { status, body } = await read<ErrorBody>(`/api/tasks?${query}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: "invalid_request", reason });
  expect(body.errors?.map(({ path }) => path)).toEqual([query.split("=")[0]]);
});

test("whatever the parameters are, the answer is in plain words and names each that is wrong", async () => {
  const text = fc.oneof(
    ...[fc.string(), fc.string({ unit: "binary", minLength: 150 }), fc.constant("Low")],
    ...[fc.double().map(String), fc.integer().map(String), fc.constant("1-1")],
  );
  const names = [
    "q",
    "priority",
    "state",
    "batchid",
    "before",
    "limit",
    "q[]",
    "limit[0]",
    "other",
  ];
  const query = fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("tasks", "tasks.csv"), query, async (what, pairs) => {
      const wrong = new URLSearchParams([...pairs, ["limit", "0"]]);
      const { status, body } = await read<ErrorBody>(`/api/${what}?${wrong}`);
      expect(status).toBe(400);
      expect(body.reason).toMatch(/^\w+ must be .+\.$/);
      expect(body.reason).not.toMatch(/invalid|expected|NaN|too (?:small|big)/i);
      for (const { path, message } of body.errors ?? []) {
        expect(names).toContain(path);
        expect(message).toMatch(/^must be /);
      }
    }),
    { numRuns: 200 },
  );
});

test("nothing lies before the first place in the log", async () => {
  expect(await read("/api/tasks?before=0-0")).toEqual({
    status: 200,
    body: { tasks: [], before: null },
  });
});

test("an address that can't be decoded is answered with the error body", async () => {
  expect(await read("/api/tasks/%E0%A4%A")).toMatchObject({
    status: 400,
    body: { status: "failure", code: "invalid_request" },
  });
});

test("unknown tasks and pages are 404 with the error body, other methods 405", async () => {
  for (const path of [
    "/api/tasks/nonsense",
    `/api/tasks/a${"b".repeat(25)}`,
    "/api/nothing",
    "/nothing",
  ]) {
    expect(await read(path)).toMatchObject({ status: 404, body: { code: "not_found" } });
  }
  for (const path of [
    ...["/api/summary", "/api/tasks.csv", `/api/tasks/a${"b".repeat(25)}`],
    ...["/healthz", "/readyz", "/metrics"],
  ]) {
    const response = await fetch(consumer.origin + path, { method: "DELETE" });
    const allow = path === "/api/tasks" ? "GET, POST, HEAD" : "GET, HEAD";
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
  }
});

test("retention removes the oldest, leaves the totals, and still knows what came before", async () => {
  await using own = await startRedis();
  await using small = await runConsumer(own.url, { RETENTION_TASKS: "30" });
  const tasks = Array.from({ length: 200 }, (_, id) => ({
    batchid: "r",
    id,
    owner: "Ann",
    priority: "Low",
  }));
  await small.send(tasks);
  const page = await until(
    async () => {
      const response = await fetch(`${small.origin}/api/tasks?limit=200`);
      const { tasks: kept } = (await response.json()) as TaskPage;
      return kept.length === 30 ? kept : null;
    },
    { what: "retention to leave 30 tasks" },
  );
  expect(page.at(-1)?.id).toBe(170);
  const again = (await (await small.send(tasks)).json()) as { retval: { duplicates: number } };
  expect(again.retval.duplicates).toBe(200);
  const summary = (await (await fetch(`${small.origin}/api/summary`)).json()) as Summary;
  expect(summary.total).toBe(200);
});

test("metrics count what came in", async () => {
  const text = await (await fetch(`${consumer.origin}/metrics`)).text();
  expect(text).toMatch(/taskpulse_ingest_tasks_total\{outcome="accepted",part="consumer"\} 120/);
  expect(text).toMatch(/taskpulse_ingest_requests_total\{status="200",part="consumer"\} 1/);
});

test("passwords that a task brings for others are not shown, neither by the API nor in messages", async () => {
  const socket = connect(`${consumer.origin}/collectHooks`, { transports: ["websocket"] });
  const heard = new Promise<string>((resolve) => socket.on("msg", resolve));
  socket.emit("join_room");
  await until(() => socket.connected);
  const task = {
    ...{ batchid: "secretive", id: 1, owner: "Ann", priority: "Low" },
    call: { url: "http://ann:secret-1@127.0.0.1:9/" },
    webhook: { url: "http://127.0.0.1:9/", headers: { authorization: "Bearer secret-2" } },
  };
  // The room is joined some time after it was asked for: what came before is not told.
  const said = await until(async () => {
    const sent = await consumer.send({ ...task, id: crypto.randomUUID() });
    const { retval } = (await sent.json()) as { retval: { taskids: string[] } };
    const { body } = await read<object>(`/api/tasks/${retval.taskids[0]}`);
    expect(JSON.stringify(body)).toMatch(/ann:\*\*\*@/);
    expect(JSON.stringify(body)).not.toMatch(/secret-/);
    return Promise.race([heard, sleep(200, null)]);
  });
  expect(said).toMatch(/ann:\*\*\*@/);
  expect(said).not.toMatch(/secret-/);
  socket.disconnect();
});
