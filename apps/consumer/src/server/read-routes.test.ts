import type { Summary, TaskPage } from "@taskpulse/contract";
import { startRedis, until } from "@taskpulse/test-kit";
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

test.each([
  "limit=0",
  "limit=201",
  "limit=ten",
  "priority=low",
  "state=lost",
  "before=1",
  "batchid=",
])("GET /api/tasks?%s is refused by name", async (query) => {
  const { status, body } = await read<{ code: string; errors: { path: string }[] }>(
    `/api/tasks?${query}`,
  );
  expect([status, body.code, body.errors[0]?.path]).toEqual([
    400,
    "invalid_request",
    query.split("=")[0],
  ]);
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
    ...["/api/summary", "/api/tasks", `/api/tasks/a${"b".repeat(25)}`],
    ...["/healthz", "/readyz", "/metrics"],
  ]) {
    const response = await fetch(consumer.origin + path, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
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
