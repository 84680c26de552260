import { ERROR_CODES } from "@taskpulse/contract";
import { captureServer, until } from "@taskpulse/test-kit";
import { DocumentedApi, routeProblems, watchRoutes } from "@taskpulse/test-kit/openapi";
import { parseSecrets, reportToken } from "@taskpulse/webhook";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";
import { TEST_SECRET } from "../fixtures/signing.ts";
import { storeOf } from "../fixtures/store-of.ts";

const watched = watchRoutes();
const consumer = consumerUnderTest({ REQUIRE_SIGNATURE: "false" });
const store = storeOf(consumer);
let api: DocumentedApi;
beforeAll(async () => {
  api = await DocumentedApi.read(consumer.origin);
  const args = { type: "object", properties: { x: {}, y: {} } };
  await store.announce({ multiply: { description: "x times y", args } });
});
afterAll(() => watched.stop());

test("the document is valid OpenAPI 3.1, and says what every route is", async () => {
  expect(api.operations.length).toBeGreaterThan(50);
  expect(await routeProblems(api, watched.routes)).toEqual([]);
});

test("every error code is explained, and said by those that answer with it", () => {
  const text = JSON.stringify(api.document.components.schemas.ErrorCode);
  for (const [code, { meaning }] of Object.entries(ERROR_CODES)) {
    expect(text).toContain(JSON.stringify(`\`${code}\`: ${meaning}`).slice(1, -1));
  }
  const said = JSON.stringify(api.document.paths);
  // Said by the producer's, or about requests that reach no route.
  const elsewhere = new Set([
    ...["batch_ended", "method_not_allowed", "expectation_failed"],
    ...["bad_request_line", "request_timeout", "headers_too_large"],
  ]);
  const unsaid = Object.keys(ERROR_CODES).filter((code) => !said.includes(`\`${code}\`: `));
  expect(new Set(unsaid)).toEqual(elsewhere);
});

/** A task that has failed. */
async function failedTask(): Promise<string> {
  const { body } = await api.call("createTask");
  await store.fail(body.taskid);
  return body.taskid;
}

test("what is answered is what is documented, and the examples can be sent", async () => {
  await until(async () => (await api.call("listHandlers")).body.handlers.length > 0);
  await api.call("consumeTasks");
  await api.call("consumeTasks", { body: [{ ...EXAMPLE, id: 1 }] });
  expect((await api.call("consumeTasks", { body: {} })).status).toBe(400);
  const created = await api.call("createTask");
  expect(created.status).toBe(202);
  await api.call("createTask", { body: [{ owner: "Ann", priority: "Low" }] });
  await api.call("createTask", { body: { ...EXAMPLE, owner: "Bob" } });
  expect((await api.call("createTask", { body: { ...EXAMPLE, owner: "" } })).status).toBe(400);

  const { taskid } = created.body;
  const place = await store.begin(taskid);
  await api.call("getTask", { path: { taskid } });
  await store.transitions.finish(place, ATTEMPT, { kind: "accepted", deadlineMs: 60_000 });
  await api.call("getTask", { path: { taskid } });
  expect((await api.call("reportOutcome")).status).toBe(404);
  const query = `?task_id=${taskid}&token=${tokenOf(place)}`;
  const body = { event: "task_completed", task_id: taskid, retval: [1] };
  await api.call("reportOutcome", { query, body });
  await api.call("getTask", { path: { taskid } });
  expect((await api.call("retryTask", { path: { taskid } })).status).toBe(409);
  await api.call("retryTask", { path: { taskid: await failedTask() } });
  const waiting = await api.call("createTask", { body: { ...RUN, delay: 60 } });
  await api.call("cancelTask", { path: { taskid: waiting.body.taskid } });
  await failedTask();
  await api.call("listTasks", { query: "?limit=5&state=failed" });
  await api.call("getRows", { query: `?taskids=${taskid}` });
  await api.call("exportTasks");
  await api.call("getSummary");
  await api.call("listDeadLetters", { query: "?type=RemoteError" });
  const job = await api.call("retryTasks");
  const { jobid } = job.body;
  await until(async () => (await api.call("getRetry", { path: { jobid } })).body.state === "done");
  expect((await api.call("cancelRetry", { path: { jobid } })).status).toBe(409);
  await store.redis.set(`${store.keys.retryPrefix}lease`, "another");
  const held = await api.call("retryTasks", { body: { q: "a" } });
  await api.call("cancelRetry", { path: { jobid: held.body.jobid } });
  await api.call("listRetries");
});

test("so are the gateway and schedules", async () => {
  const path = { handler: "multiply" };
  const started = await api.call("applyByQuery", { path, query: "?x=10&y=10" });
  await api.call("apply", { path });
  const id = started.body.task_id;
  await api.call("isDone", { path: { id } });
  await api.call("getStatus", { path: { id } });
  await store.fail(id);
  await api.call("getStatus", { path: { id } });
  await api.call("getTaskStatus", { query: `?task_id=${id}` });
  expect((await api.call("getTaskStatus", { query: "?task_id=nobody" })).status).toBe(404);
  expect((await api.call("isDone", { path: { id: "nobody" } })).status).toBe(404);

  const { scheduleid } = (await api.call("createSchedule")).body;
  const task = { owner: "Ann", priority: "Low" };
  await api.call("createSchedule", { body: { every: 60, task } });
  await api.call("createSchedule", { body: { at: "2100-01-01T00:00:00Z", task } });
  await api.call("previewSchedule");
  await api.call("listSchedules");
  await api.call("runSchedule", { path: { scheduleid } });
  await api.call("getSchedule", { path: { scheduleid } });
  await api.call("pauseSchedule", { path: { scheduleid } });
  await api.call("resumeSchedule", { path: { scheduleid } });
  await api.call("deleteSchedule", { path: { scheduleid } });
  expect((await api.call("getSchedule", { path: { scheduleid } })).status).toBe(404);
});

test("so are result webhooks", async () => {
  await using receiver = await captureServer();
  const created = await api.call("createSubscription", {
    body: { url: `${receiver.url}/results` },
  });
  const { subscriptionid } = created.body;
  const path = { subscriptionid };
  for (const id of ["getSubscription", "changeSubscription", "disableSubscription"]) {
    await api.call(id, { path });
  }
  await api.call("enableSubscription", { path });
  await api.call("rotateSubscriptionSecret", { path });
  await api.call("listSubscriptions");
  const { deliveryid } = (await api.call("testSubscription", { path })).body;
  const delivery = await api.call("getDelivery", { path: { deliveryid } });
  const page = await api.call("listDeliveries");
  expect(page.body.deliveries).toHaveLength(1);
  await api.call("replayDelivery", { path: { deliveryid } });
  const { jobid } = (await api.call("replayDeliveries")).body;
  await api.call("getReplay", { path: { jobid } });
  await api.call("cancelReplay", { path: { jobid } });
  await api.call("listReplays");
  await api.call("listEndpoints");
  const { endpointid } = delivery.body;
  await api.call("getEndpoint", { path: { endpointid } });
  await api.call("enableEndpoint", { path: { endpointid } });
  await api.call("showDestinationSecret");
  expect((await api.call("showDestinationSecret")).status).toBe(409);
  await api.call("rotateDestinationSecret");
  await api.call("deleteSubscription", { path });
});

test("so is the rest, and none was left out", async () => {
  for (const id of ["isLive", "isReady", "getMetrics", "getDocument", "getReference"]) {
    await api.call(id);
  }
  await api.call("logOut");
  const left = api.operations.filter(({ id }) => !api.seenGood.has(id)).map(({ id }) => id);
  // It takes a form; see its own tests.
  expect(left).toEqual(["logIn"]);
});

test("the reference is a page without scripts that shows every operation", async () => {
  const response = await fetch(`${consumer.origin}/docs`);
  const page = await response.text();
  expect(response.headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  expect(page).not.toMatch(/<script|style=|onclick/i);
  for (const { id, path } of api.operations) {
    expect(page).toContain(`id="${id}"`);
    expect(page).toContain(`<code class="path">${path}</code>`);
  }
  expect(page).toContain(`curl -X POST &#39;${consumer.origin}/api/tasks&#39;`);
  const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, anchor]) => anchor);
  for (const anchor of new Set(anchors)) expect(page).toContain(`id="${anchor}"`);
});

test("with an admin token set, both are for those who have it, and the examples say so", async () => {
  const token = "let-me-in-please";
  await using guarded = await runConsumer(consumer.redis.url, { ADMIN_TOKEN: token });
  for (const path of ["/openapi.json", "/docs", "/docs/"]) {
    expect((await fetch(guarded.origin + path)).status, path).toBe(401);
  }
  const authorization = { authorization: `Bearer ${token}` };
  await DocumentedApi.read(guarded.origin, authorization);
  const page = await (await fetch(`${guarded.origin}/docs`, { headers: authorization })).text();
  expect(page).toContain("Authorization: Bearer $ADMIN_TOKEN");
  expect(page).not.toContain(token);
});

const EXAMPLE = { batchid: "docs", id: 7, owner: "Ann", priority: "Major" };
const RUN = { owner: "Ann", priority: "Low", call: { url: "http://127.0.0.1:9/" } };
const ATTEMPT = JSON.stringify({
  ...{ round: 0, attempt: 1, outcome: "accepted", status: 202, duration_ms: 1 },
  ...{ started_at: new Date(0).toISOString(), ended_at: new Date(1).toISOString() },
});

function tokenOf(place: { taskid: string; round: number; attempt: number }): string {
  const parsed = parseSecrets(TEST_SECRET);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return reportToken({ master: parsed.secrets[0], ...place });
}
