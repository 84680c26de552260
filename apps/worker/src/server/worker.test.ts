import { startRedis, until } from "@taskpulse/test-kit";
import { DocumentedApi, routeProblems, watchRoutes } from "@taskpulse/test-kit/openapi";
import { expect, test } from "vitest";
import { runWorker } from "../fixtures/running-worker.ts";

test("a worker tells that it lives, whether it is ready, and its figures", async () => {
  await using redis = await startRedis();
  await using worker = await runWorker(redis.url);
  const ask = async (path: string) => {
    const response = await fetch(worker.origin + path);
    return { status: response.status, body: await response.text() };
  };

  expect(await ask("/healthz")).toEqual({ status: 200, body: '{"status":"live"}' });
  expect(await ask("/readyz")).toEqual({
    status: 200,
    body: '{"status":"ready","checks":{"store":true,"queues":true}}',
  });
  expect((await ask("/metrics")).body).toMatch(/^process_cpu_seconds_total\{part="worker"\}/m);
  expect(await ask("/")).toMatchObject({
    status: 404,
    body: expect.stringContaining('"code":"not_found"'),
  });

  await redis.kill();
  await until(async () => (await ask("/readyz")).status === 503, { what: "not ready" });
  expect((await ask("/healthz")).status).toBe(200);
  await redis.restart();
  await until(async () => (await ask("/readyz")).status === 200, { what: "ready again" });
});

test("with a token set, strangers learn only whether it is ready", async () => {
  await using redis = await startRedis();
  await using worker = await runWorker(redis.url, { ADMIN_TOKEN: "correct-horse-battery" });
  const ready = await fetch(`${worker.origin}/readyz`);
  expect(await ready.json()).toEqual({ status: "ready" });
  expect((await fetch(`${worker.origin}/metrics`)).status).toBe(401);
});

test("what it answers is documented, without a page: it takes no tasks over HTTP", async () => {
  const watched = watchRoutes();
  await using redis = await startRedis();
  await using worker = await runWorker(redis.url);
  watched.stop();
  const api = await DocumentedApi.read(worker.origin);
  expect(await routeProblems(api, watched.routes)).toEqual([]);
  for (const id of ["isLive", "isReady", "getMetrics", "getDocument"]) await api.call(id);
  expect((await fetch(`${worker.origin}/docs`)).status).toBe(404);
});
