import { createLogger, loadConfig } from "@taskpulse/runtime";
import { captureServer, freePort, startRedis, until } from "@taskpulse/test-kit";
import { DocumentedApi, routeProblems, watchRoutes } from "@taskpulse/test-kit/openapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProducer } from "./producer.ts";

const watched = watchRoutes();
const stack = new AsyncDisposableStack();
let api: DocumentedApi;
beforeAll(async () => {
  const redis = stack.use(await startRedis());
  const receiver = stack.use(await captureServer());
  const port = await freePort();
  const config = loadConfig({
    PRODUCER_PORT: String(port),
    REDIS_URL: redis.url,
    WEBHOOK_RECEIVER_URL: receiver.url,
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, "test").toString("base64")}`,
  });
  const log = createLogger("producer", "silent");
  stack.use(await startProducer({ config, log, pages: "none" }));
  api = await DocumentedApi.read(`http://127.0.0.1:${port}`);
});
afterAll(async () => {
  watched.stop();
  await stack.disposeAsync();
});

test("the document is valid OpenAPI 3.1, and says what every route is", async () => {
  expect(await routeProblems(api, watched.routes)).toEqual([]);
  expect(JSON.stringify(api.document.paths)).toContain("`batch_ended`: ");
});

test("what is answered is what is documented, and the examples can be sent", async () => {
  const created = await api.call("createBatch", {
    body: { count: 2, waitSeconds: 0, mix: { Low: 1 } },
  });
  const path = { batchid: created.body.batchid };
  await until(async () => (await api.call("getBatch", { path })).body.state === "done");
  await api.call("streamBatch", { path });
  const outcomes = await api.call("listOutcomes", { path });
  expect(outcomes.body.outcomes).toHaveLength(2);
  expect((await api.call("pauseBatch", { path })).status).toBe(409);
  expect((await api.call("getBatch")).status).toBe(404);

  const running = await api.call("createBatch", { body: { count: 500, waitSeconds: 60 } });
  const other = { path: { batchid: running.body.batchid } };
  await api.call("pauseBatch", other);
  await api.call("resumeBatch", other);
  await api.call("cancelBatch", other);
  expect((await api.call("retryBatch", other)).status).toBe(409);
  await api.call("listBatches");
  await api.call("produceTasks", { body: { count: 1 } });
  await api.call("createBatch");
  for (const id of ["getSettings", "isLive", "isReady", "getMetrics", "getDocument"]) {
    await api.call(id);
  }
  await api.call("getReference");
  await api.call("logOut");
  const left = api.operations.filter(({ id }) => !api.seenGood.has(id)).map(({ id }) => id);
  // One takes a form, the other undelivered tasks; see their own tests.
  expect(left).toEqual(["logIn", "retryBatch"]);
});
