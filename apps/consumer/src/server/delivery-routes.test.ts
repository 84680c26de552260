import type {
  DeliveryDetail,
  DeliveryPage,
  EndpointPage,
  EndpointView,
  ReplayJob,
} from "@taskpulse/contract";
import { createDeliveries, endpointOf, stepReplayJob } from "@taskpulse/store";
import { startRedis } from "@taskpulse/test-kit";
import { parseSecrets, receiverSecret, secretText } from "@taskpulse/webhook";
import { beforeEach, expect, test } from "vitest";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";
import { TEST_SECRET } from "../fixtures/signing.ts";
import { storeOf } from "../fixtures/store-of.ts";
import { DELIVERED, FAILED, newDelivery, settle } from "../fixtures/stored-deliveries.ts";

const consumer = consumerUnderTest();
const behind = storeOf(consumer);
const api = apiOf(consumer);
const url = "http://user:secret-word@hooks.example/results?token=t";

beforeEach(() => behind.forget(`${behind.keys.deliveryPrefix}*`));

const get = async <T>(path: string) => (await api.get(path)).body as unknown as T;
const list = (query = "") => get<DeliveryPage>(`/api/deliveries${query}`);
const ids = async (query: string) => (await list(query)).deliveries.map((d) => d.deliveryid);

test("deliveries are listed and found, with their attempts and without what is secret", async () => {
  const arrived = newDelivery(url);
  const lost = newDelivery("http://other.example/");
  await settle(behind, [arrived], DELIVERED);
  await settle(behind, [lost], FAILED);
  const { deliveries, totals, before } = await list();
  expect(totals).toEqual({ pending: 0, delivered: 1, failed: 1, discarded: 0 });
  expect(before).toBeNull();
  expect(deliveries).toEqual([
    {
      ...{ deliveryid: lost.deliveryid, state: "failed", why: "HTTP 500 (try 4 of 4)" },
      ...{ event_type: "job.completed", taskid: lost.taskid, round: 0, subscriptionid: null },
      endpointid: endpointOf("http://other.example/").endpointid,
      ...{ address: "http://other.example/", tries: 1, replays: 0, last_status: 500 },
      ...{ created_at: expect.stringMatching(/Z$/), due_at: null },
      ended_at: expect.stringMatching(/Z$/),
    },
    expect.objectContaining({
      ...{ deliveryid: arrived.deliveryid, state: "delivered", why: null, last_status: 204 },
      address: "http://hooks.example/results?…",
    }),
  ]);
  const one = await get<DeliveryDetail>(`/api/deliveries/${lost.deliveryid}`);
  expect(one).toEqual({
    ...deliveries[0],
    request: {
      ...{ caller: "basic", method: "POST", url: "http://other.example/", timeout: 5 },
      ...{ headers: ["x-key"], cookies: ["sid"], auth: true, max_retries: 3 },
      ...{ retry_intervals: [10, 30, 120], body: lost.body.text },
    },
    attempts: [
      {
        ...{ attempt: 1, started_at: expect.stringMatching(/Z$/), duration_ms: 5 },
        ...{ outcome: "failed", status: 500, reply: "what it said" },
        error: { type: "HttpError", message: "HTTP 500" },
      },
    ],
  });
  const everything = [one, deliveries, await get(`/api/deliveries/${arrived.deliveryid}`)];
  expect(JSON.stringify(everything)).not.toMatch(/secret-/);
});

test("they are found by state, task, subscription and endpoint, in pages", async () => {
  const own = newDelivery(url);
  const subscribed = newDelivery(url, { subscriptionid: "s".repeat(16) });
  await settle(behind, [own], DELIVERED);
  await createDeliveries(behind.redis, behind.keys, [subscribed, newDelivery("http://b.example/")]);
  expect(await ids("?state=delivered")).toEqual([own.deliveryid]);
  expect(await ids(`?taskid=${own.taskid}`)).toEqual([own.deliveryid]);
  expect(await ids(`?subscriptionid=${"s".repeat(16)}`)).toEqual([subscribed.deliveryid]);
  expect(await ids(`?endpoint=${endpointOf(url).endpointid}`)).toEqual([
    ...[subscribed.deliveryid, own.deliveryid],
  ]);
  const first = await list("?limit=2");
  expect(first.deliveries.length).toBe(2);
  const rest = await list(`?limit=2&before=${first.before}`);
  expect(rest).toMatchObject({ deliveries: [{ deliveryid: own.deliveryid }], before: null });
});

test.each([
  ["deliveries?limit=0", "limit must be a whole number from 1 to 200."],
  ["deliveries?state=lost", "state must be pending, delivered, failed or discarded."],
  ["deliveries?taskid=7", "taskid must be a taskid."],
  ["deliveries?subscriptionid=7", "subscriptionid must be a subscriptionid."],
  ["deliveries?endpoint=x", "endpoint must be an endpointid."],
  ["deliveries?before=x", "before must be the `before` of an earlier page."],
  ["endpoints?before=x", "before must be the `before` of an earlier page."],
  ["endpoints?limit=201", "limit must be a whole number from 1 to 200."],
  ["replays?limit=101", "limit must be a whole number from 1 to 100."],
])("GET /api/%s is refused by name", async (path, reason) => {
  const { status, body } = await api.get(`/api/${path}`);
  expect([status, body.code, body.reason]).toEqual([400, "invalid_request", reason]);
});

test("one is replayed, however often that is asked", async () => {
  const lost = newDelivery(url);
  await settle(behind, [lost], FAILED);
  const path = `/api/deliveries/${lost.deliveryid}`;
  for (let i = 0; i < 2; i++) {
    const { status, body } = await api.post(`${path}/replay`);
    expect([status, body]).toEqual([202, { deliveryid: lost.deliveryid, state: "pending" }]);
  }
  expect(await get<DeliveryDetail>(path)).toMatchObject({
    state: "pending",
    replays: 1,
    why: null,
  });
  await settle(behind, [], DELIVERED);
  expect(await get<DeliveryDetail>(path)).toMatchObject({ state: "delivered", tries: 2 });
});

test("one of a subscription that is gone can't be replayed", async () => {
  const orphan = newDelivery(url, { subscriptionid: "gone" });
  await settle(behind, [orphan], DELIVERED);
  const { status, body } = await api.post(`/api/deliveries/${orphan.deliveryid}/replay`);
  expect([status, body.code]).toEqual([409, "subscription_inactive"]);
});

test("many are replayed by a job, which can be followed, listed, repeated and cancelled", async () => {
  const lost = Array.from({ length: 5 }, () => newDelivery(url));
  await settle(behind, lost, FAILED);
  const filter = { endpoint: endpointOf(url).endpointid, since: "2020-01-01T00:00:00Z" };
  const key = { "idempotency-key": "once" };
  const { status, body, headers } = await api.post("/api/deliveries/replay", filter, key);
  expect(status).toBe(202);
  const job = body as unknown as ReplayJob;
  expect(job).toEqual({
    ...{ jobid: expect.any(String), state: "running", filter: { state: "failed", ...filter } },
    ...{ total: 5, looked: 0, replayed: 0, refused: 0, ended_at: null },
    created_at: expect.stringMatching(/Z$/),
  });
  expect(headers.get("location")).toBe(`/api/replays/${job.jobid}`);
  expect((await api.post("/api/deliveries/replay", filter, key)).body.jobid).toBe(job.jobid);
  const other = await api.post("/api/deliveries/replay", {}, key);
  expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
  await stepReplayJob(behind.redis, behind.keys, job.jobid);
  expect(await get<ReplayJob>(`/api/replays/${job.jobid}`)).toMatchObject({
    ...{ state: "done", looked: 5, replayed: 5, ended_at: expect.any(String) },
  });
  expect(await get("/api/replays")).toMatchObject({ replays: [{ jobid: job.jobid }] });
  const late = await api.post(`/api/replays/${job.jobid}/cancel`);
  expect([late.status, late.body.code]).toEqual([409, "job_ended"]);
  const next = await api.post("/api/deliveries/replay");
  const cancelled = await api.post(`/api/replays/${next.body.jobid}/cancel`);
  expect(cancelled.body).toMatchObject({ state: "cancelled" });
});

test("a replay of many names every bad field, and there are not endlessly many", async () => {
  const { status, body } = await api.post("/api/deliveries/replay", {
    ...{ state: "pending", taskid: "x", since: "2026-01-02T00:00:00Z", until: "soon", all: true },
  });
  expect(status).toBe(400);
  expect(body.errors?.map(({ path }) => path).sort()).toEqual(["all", "state", "taskid", "until"]);
  const order = { since: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z" };
  expect((await api.post("/api/deliveries/replay", order)).body.reason).toBe(
    "until must be after since.",
  );
  for (let i = 0; i < 20; i++) await api.post("/api/deliveries/replay");
  const last = await api.post("/api/deliveries/replay");
  expect([last.status, last.body.code]).toEqual([503, "overloaded"]);
});

test("endpoints are listed with their circuits, and enabled again after a 410", async () => {
  const gone = newDelivery("http://gone.example/?secret-query=1");
  await settle(behind, [gone], {
    ...{ next: { kind: "disable", why: "gone" }, reached: "answered", status: 410 },
  });
  await settle(behind, [newDelivery("http://good.example/")], DELIVERED);
  const { endpoints } = await get<EndpointPage>("/api/endpoints");
  expect(endpoints).toEqual([
    {
      endpointid: endpointOf("http://good.example/").endpointid,
      ...{ address: "http://good.example/", circuit: "closed", failures: 0, open_until: null },
      ...{ pending: 0, in_flight: 0, delivered: 1, failed: 0 },
      ...{ last_at: expect.stringMatching(/Z$/), last_status: 204 },
    },
    expect.objectContaining({
      ...{ address: "http://gone.example/?…", circuit: "gone", failed: 1, last_status: 410 },
    }),
  ]);
  const { endpointid } = endpointOf("http://gone.example/?secret-query=1");
  const enabled = await api.post(`/api/endpoints/${endpointid}/enable`);
  expect(enabled.body).toMatchObject({ circuit: "closed", failures: 0 });
  expect(await get<EndpointView>(`/api/endpoints/${endpointid}`)).toEqual(enabled.body);
});

test("the secret of an address is shown once; a new one takes its place", async () => {
  const masters = parseSecrets(TEST_SECRET);
  if (masters.kind === "invalid") throw new Error(masters.reason);
  const destination = "http://hooks.example/results";
  const [master] = masters.secrets;
  const secretOf = (version: number) => secretText(receiverSecret(master, destination, version));
  const shown = await api.post("/api/destinations/secret", { url });
  expect(shown.status).toBe(200);
  expect(shown.headers.get("cache-control")).toBe("no-store");
  expect(shown.body).toEqual({ destination, secret: secretOf(1), previous_secret_until: null });
  const again = await api.post("/api/destinations/secret", { url: `${url}&other=1` });
  expect([again.status, again.body.code]).toEqual([409, "secret_shown"]);
  expect(JSON.stringify(again.body)).not.toContain("whsec_");
  const rotated = await api.post("/api/destinations/rotate-secret", { url, overlap_seconds: 60 });
  expect(rotated.body).toMatchObject({ secret: secretOf(2) });
  const untilMs = Date.parse(String(rotated.body.previous_secret_until)) - Date.now();
  expect(Math.abs(untilMs - 60_000)).toBeLessThan(20_000);
  const bad = await api.post("/api/destinations/rotate-secret", { url: 7, overlap_seconds: -1 });
  expect(bad.body.errors?.map(({ path }) => path)).toEqual(["url", "overlap_seconds"]);
  expect((await api.post("/api/destinations/secret")).status).toBe(400);
});

const ROUTES: [string, string, number, string][] = [
  ["GET", "/api/deliveries", 200, "GET, HEAD"],
  ["GET", "/api/deliveries/unknown-0", 404, "GET, HEAD"],
  ["POST", "/api/deliveries/unknown-0/replay", 404, "POST"],
  ["POST", "/api/deliveries/replay", 202, "POST"],
  ["GET", "/api/replays", 200, "GET, HEAD"],
  ["GET", "/api/replays/0b0f8b5e-3c5c-4f0e-9c3f-1f6f3a2b1c0d", 404, "GET, HEAD"],
  ["POST", "/api/replays/0b0f8b5e-3c5c-4f0e-9c3f-1f6f3a2b1c0d/cancel", 404, "POST"],
  ["GET", "/api/endpoints", 200, "GET, HEAD"],
  ["GET", "/api/endpoints/unknown", 404, "GET, HEAD"],
  ["POST", "/api/endpoints/unknown/enable", 404, "POST"],
  ["POST", "/api/destinations/secret", 200, "POST"],
  ["POST", "/api/destinations/rotate-secret", 200, "POST"],
];
const bodyOf = (path: string) => (path.startsWith("/api/destinations") ? { url } : undefined);

test("unknown ones are 404, other methods 405", async () => {
  for (const [method, path, status, allow] of ROUTES) {
    const answer = await api.call(method, path, bodyOf(path));
    expect([path, answer.status]).toEqual([path, status]);
    const other = await api.call("PUT", path);
    expect([path, other.status, other.headers.get("allow")]).toEqual([path, 405, allow]);
  }
  for (const odd of ["/api/deliveries/%00", "/api/deliveries/A", "/api/replays/x"]) {
    expect((await api.get(odd)).status).toBe(404);
  }
});

test("without Redis every route says so within 2 s", async () => {
  await using redis = await startRedis();
  await using alone = await runConsumer(redis.url);
  const lonely = apiOf(alone);
  await redis.kill("SIGSTOP");
  const since = performance.now();
  const answers = await Promise.all(
    ROUTES.map(([method, path]) => lonely.call(method, path, bodyOf(path))),
  );
  expect(performance.now() - since).toBeLessThan(2_500);
  for (const { status, body, headers } of answers) {
    expect([status, body.code]).toEqual([503, "store_unavailable"]);
    expect(headers.get("retry-after")).toBe("1");
  }
  await redis.kill("SIGCONT");
});
