import type { SubscriptionView, SubscriptionWithSecret } from "@taskpulse/contract";
import {
  createSubscription,
  readDelivery,
  readSubscription,
  switchSubscription,
} from "@taskpulse/store";
import { startRedis } from "@taskpulse/test-kit";
import { parseSecrets, receiverSecret, secretText } from "@taskpulse/webhook";
import { beforeEach, expect, test } from "vitest";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";
import { TEST_SECRET } from "../fixtures/signing.ts";
import { storeOf } from "../fixtures/store-of.ts";

const consumer = consumerUnderTest();
const behind = storeOf(consumer);
const api = apiOf(consumer);
const url = "https://user:secret-word@hooks.example/results?token=t";
const whole = {
  ...{ url, name: "Ops", description: "For the night shift.", method: "PUT", timeout: 10 },
  filter: { priority: ["Critical"], state: ["failed"], owner: "Ann", batchid: "b" },
  headers: { "X-Key": "secret-header" },
  cookies: { sid: "secret-cookie" },
  auth: ["user", "secret-password"],
  ...{ max_retries: 1, retry_intervals: [1, 2] },
};

beforeEach(async () => {
  await behind.forget(behind.keys.subscriptions);
});

async function create(body: object = { url }): Promise<SubscriptionWithSecret> {
  const { status, body: created } = await api.post("/api/subscriptions", body);
  expect(status).toBe(201);
  return created as unknown as SubscriptionWithSecret;
}

function secretOf(subscriptionid: string, version: number): string {
  const masters = parseSecrets(TEST_SECRET);
  if (masters.kind === "invalid") throw new Error(masters.reason);
  const receiver = `subscription ${subscriptionid}`;
  return secretText(receiverSecret(masters.secrets[0], receiver, version));
}

test("a subscription is made, with its secret shown once and nothing else that is secret", async () => {
  const { status, body, headers } = await api.post("/api/subscriptions", whole);
  expect(status).toBe(201);
  const { subscriptionid, secret, ...view } = body as unknown as SubscriptionWithSecret;
  expect(headers.get("location")).toBe(`/api/subscriptions/${subscriptionid}`);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(subscriptionid).toMatch(/^[a-z][a-z0-9]{15}$/);
  expect(secret).toBe(secretOf(subscriptionid, 1));
  expect(view).toEqual({
    ...{ name: "Ops", description: "For the night shift.", filter: whole.filter },
    ...{ caller: "basic", method: "PUT", url: "https://hooks.example/results?token=t" },
    ...{ headers: ["X-Key"], cookies: ["sid"], auth: true },
    ...{ timeout: 10, max_retries: 1, retry_intervals: [1, 2] },
    ...{ state: "active", why: null, disabled_at: null, previous_secret_until: null },
    ...{ created_at: expect.stringMatching(/Z$/), delivered: 0, failed: 0 },
  });
  for (const path of ["/api/subscriptions", `/api/subscriptions/${subscriptionid}`]) {
    const read = await api.get(path);
    expect(read.status).toBe(200);
    expect(JSON.stringify(read.body)).toContain(subscriptionid);
    expect(JSON.stringify(read.body)).not.toMatch(/secret-|whsec_/);
  }
  expect((await api.get("/api/subscriptions")).body).toEqual({
    subscriptions: [{ subscriptionid, ...view }],
  });
});

test("what is left out has a default", async () => {
  expect(await create({ url: "http://a.example/" })).toMatchObject({
    ...{ name: null, description: null, filter: {}, caller: "basic", method: "POST", timeout: 5 },
    ...{ max_retries: 3, retry_intervals: [10, 30, 120], headers: [], cookies: [], auth: false },
  });
});

test("every bad field is named", async () => {
  const { status, body } = await api.post("/api/subscriptions", {
    ...{ url: "nowhere", timeout: 500, colour: "red", caller: "pigeon" },
    headers: { "x-a": "1\r\nx-b: 2" },
  });
  expect([status, body.code]).toEqual([400, "invalid_request"]);
  expect(body.errors?.map(({ path }) => path).sort()).toEqual([
    ...["colour", "headers.x-a", "timeout", "url"],
  ]);
  for (const nothing of [undefined, "", "[]", "7", "null"]) {
    const answer = await api.post("/api/subscriptions", nothing);
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, ""]);
  }
  expect((await api.post("/api/subscriptions", "{")).body.code).toBe("invalid_json");
  const form = await api.post("/api/subscriptions", "url=x", { "content-type": "text/plain" });
  expect(form.body.code).toBe("unsupported_media_type");
});

test("a caller must be one that a worker has", async () => {
  const unknown = await api.post("/api/subscriptions", { url, caller: "pigeon" });
  expect(unknown.body.errors).toEqual([
    { path: "caller", message: "must be a caller that a worker has: basic" },
  ]);
  await behind.announce({}, ["basic", "carrier"]);
  // What workers have is read again after a second.
  await expect
    .poll(async () => (await api.post("/api/subscriptions", { url, caller: "carrier" })).status)
    .toBe(201);
  const patched = await api.call("PATCH", `/api/subscriptions/${(await create()).subscriptionid}`, {
    caller: "pigeon",
  });
  expect([patched.status, patched.body.errors?.[0]?.path]).toEqual([400, "caller"]);
});

test("a change merges, null takes back, and the whole must be right", async () => {
  const { subscriptionid } = await create(whole);
  const path = `/api/subscriptions/${subscriptionid}`;
  const { status, body } = await api.call("PATCH", path, {
    ...{ name: "Days", description: null, headers: { "X-Key": null, "X-Other": "1" } },
    filter: { owner: null },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ name: "Days", description: null, headers: ["X-Other"], method: "PUT" },
    filter: { priority: ["Critical"], state: ["failed"], batchid: "b" },
  });
  expect(body.filter).not.toHaveProperty("owner");
  const stored = await readSubscription(behind.redis, behind.keys, subscriptionid);
  expect(stored?.request.auth).toEqual(["user", "secret-password"]);

  const bad = await api.call("PATCH", path, { url: null, timeout: 0 });
  expect(bad.status).toBe(400);
  expect(bad.body.errors?.map(({ path: each }) => each)).toEqual(["url", "timeout"]);
  expect((await api.call("PATCH", path, [])).status).toBe(400);
  expect((await api.get(path)).body).toEqual(body);
});

test("disabled by hand or by 410, enabled again, removed", async () => {
  const { subscriptionid } = await create();
  const path = `/api/subscriptions/${subscriptionid}`;
  const disabled = await api.post(`${path}/disable`);
  expect(disabled.body).toMatchObject({ state: "disabled", why: "It was disabled by hand." });
  expect((await api.post(`${path}/enable`)).body).toMatchObject({ state: "active", why: null });
  await switchSubscription(behind.redis, behind.keys, subscriptionid, "it answered 410 (gone)");
  expect((await api.get(path)).body).toMatchObject({
    ...{ state: "disabled", why: "it answered 410 (gone)" },
    disabled_at: expect.stringMatching(/Z$/),
  });
  expect((await api.call("DELETE", path)).status).toBe(204);
  expect((await api.call("DELETE", path)).status).toBe(404);
  expect((await api.get(path)).status).toBe(404);
});

test("a new secret takes the old one's place, which signs on for as long as was asked for", async () => {
  const { subscriptionid, secret } = await create();
  const path = `/api/subscriptions/${subscriptionid}/rotate-secret`;
  const rotated = (await api.post(path)).body as unknown as SubscriptionWithSecret;
  expect(rotated.secret).toBe(secretOf(subscriptionid, 2));
  expect(rotated.secret).not.toBe(secret);
  const until = Date.parse(rotated.previous_secret_until ?? "") - Date.now();
  expect(Math.abs(until - 86_400_000)).toBeLessThan(60_000);
  const again = (await api.post(path, { overlap_seconds: 0 })).body;
  expect(again.secret).toBe(secretOf(subscriptionid, 3));
  const stored = await readSubscription(behind.redis, behind.keys, subscriptionid);
  expect(stored?.secret.version).toBe(3);
  expect(stored?.secret.previousUntil).toBeLessThanOrEqual(Date.now());
  const bad = await api.post(path, { overlap_seconds: 1e9, more: 1 });
  expect(bad.body.errors?.map(({ path: each }) => each)).toEqual(["overlap_seconds", "more"]);
});

test("a test is a delivery of its own, also while the subscription is disabled", async () => {
  const { subscriptionid } = await create();
  await api.post(`/api/subscriptions/${subscriptionid}/disable`);
  const { status, body, headers } = await api.post(`/api/subscriptions/${subscriptionid}/test`);
  expect(status).toBe(202);
  const deliveryid = String(body.deliveryid);
  expect(headers.get("location")).toBe(`/api/deliveries/${deliveryid}`);
  expect(deliveryid).toMatch(new RegExp(`^${subscriptionid}-test-[a-z0-9]{16}$`));
  const delivery = await readDelivery(behind.redis, behind.keys, deliveryid);
  expect(delivery).toMatchObject({ state: "pending", event_type: "webhook.test", taskid: null });
  expect(JSON.parse(delivery?.request.body ?? "")).toMatchObject({
    ...{ event_type: "webhook.test", status: "finished", result: { type: "success" } },
  });
});

test("there is a limit to how many there are", async () => {
  const record = { request: { url }, created: 1, secret: { version: 1, previousUntil: 0 } };
  await Promise.all(
    Array.from({ length: 1_000 }, (_, i) =>
      createSubscription(behind.redis, behind.keys, `s${i}`, record),
    ),
  );
  const { status, body } = await api.post("/api/subscriptions", { url });
  expect([status, body.code]).toEqual([409, "too_many_subscriptions"]);
  const all = (await api.get("/api/subscriptions")).body.subscriptions as SubscriptionView[];
  expect(all.length).toBe(1_000);
});

const ONE = "/api/subscriptions/unknown";
const ROUTES: [string, string, string][] = [
  ["GET", ONE, "GET, PATCH, DELETE, HEAD"],
  ["PATCH", ONE, ""],
  ["DELETE", ONE, ""],
  ["POST", `${ONE}/enable`, "POST"],
  ["POST", `${ONE}/disable`, "POST"],
  ["POST", `${ONE}/rotate-secret`, "POST"],
  ["POST", `${ONE}/test`, "POST"],
];

test("unknown ones are 404, other methods 405", async () => {
  for (const [method, path, allow] of ROUTES) {
    const body = method === "PATCH" ? {} : undefined;
    const { status, body: error } = await api.call(method, path, body);
    expect([method, path, status, error.code]).toEqual([method, path, 404, "not_found"]);
    if (allow === "") continue;
    const other = await api.call("PUT", path);
    expect([path, other.status, other.headers.get("allow")]).toEqual([path, 405, allow]);
  }
  expect((await api.call("DELETE", "/api/subscriptions")).status).toBe(405);
});

test("without Redis every route says so within 2 s", async () => {
  await using redis = await startRedis();
  await using alone = await runConsumer(redis.url);
  const lonely = apiOf(alone);
  await redis.kill("SIGSTOP");
  const since = performance.now();
  const answers = await Promise.all([
    lonely.get("/api/subscriptions"),
    lonely.post("/api/subscriptions", { url }),
    ...ROUTES.map(([method, path]) =>
      lonely.call(method, path, method === "PATCH" ? {} : undefined),
    ),
  ]);
  expect(performance.now() - since).toBeLessThan(2_500);
  for (const { status, body, headers } of answers) {
    expect([status, body.code]).toEqual([503, "store_unavailable"]);
    expect(headers.get("retry-after")).toBe("1");
  }
  await redis.kill("SIGCONT");
});

test("who may not look may not subscribe either", async () => {
  await using guarded = await runConsumer(consumer.redis.url, { ADMIN_TOKEN: "a".repeat(32) });
  const stranger = apiOf(guarded);
  expect((await stranger.get("/api/subscriptions")).status).toBe(401);
  expect((await stranger.post("/api/subscriptions", { url })).status).toBe(401);
  const token = { authorization: `Bearer ${"a".repeat(32)}` };
  expect((await stranger.post("/api/subscriptions", { url }, token)).status).toBe(201);
});
