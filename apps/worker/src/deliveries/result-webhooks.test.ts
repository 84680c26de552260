import { readDelivery, readDeliveryPage, showDestinationSecret } from "@taskpulse/store";
import { captureServer, until } from "@taskpulse/test-kit";
import { receiverOf } from "@taskpulse/webhook";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { isSigned, type Receiver, startReceiver, TEST_SECRET } from "../fixtures/receiver.ts";
import { type RunningWorker, runWorker } from "../fixtures/running-worker.ts";
import { type RunsUnderTest, startRunsUnderTest } from "../fixtures/runs-under-test.ts";
import { subscribe } from "../fixtures/subscribe.ts";

let runs: RunsUnderTest;
let worker: RunningWorker;
let receiver: Receiver;
let remote: Awaited<ReturnType<typeof captureServer>>;
let nextId = 0;

beforeAll(async () => {
  runs = await startRunsUnderTest();
  remote = await captureServer();
  remote.answer((request) =>
    request.path === "/fail"
      ? { body: { status: "failure", reason: "no luck" } }
      : { body: { status: "success", retval: { n: 7 } } },
  );
  worker = await runWorker(runs.server.url, { ...runs.env, WEBHOOK_SECRET: TEST_SECRET });
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  await remote[Symbol.asyncDispose]();
  await runs[Symbol.asyncDispose]();
});
beforeEach(async () => {
  receiver = await startReceiver();
  nextId += 1;
});
afterEach(() => receiver[Symbol.asyncDispose]());

const call = (path = "/ok") => ({ call: { url: remote.url + path, args: { x: 1 } } });
const stored = (id: string) => readDelivery(runs.redis, runs.keys, id);
const reaches = (id: string, state: string) =>
  until(async () => (await stored(id))?.state === state && (await stored(id)), {
    what: `${id} to be ${state}`,
  });

test("a task that succeeds tells its webhook how, signed with the address' own secret", async () => {
  const taskid = await runs.send(nextId, { ...call(), webhook: { url: receiver.url } });
  await receiver.server.received(1);
  const [came] = receiver.received();
  const detail = await runs.reaches(taskid, "succeeded");
  expect(came?.payload).toEqual({
    id: taskid,
    status: "finished",
    event_type: "job.completed",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    started_at: detail.started_at,
    ended_at: detail.ended_at,
    duration: (Date.parse(detail.ended_at ?? "") - Date.parse(detail.started_at ?? "")) / 1_000,
    attempts: 1,
    result: { type: "success", retval: { n: 7 }, error: null },
    task: { batchid: "b", id: nextId, owner: "Ann", priority: "Moderate", ...call() },
  });
  expect(came?.id).toBe(`${taskid}-0`);
  expect(came?.request.method).toBe("POST");
  expect(came?.request.headers["content-type"]).toBe("application/json");
  expect(came && isSigned(came.request, receiver.url)).toBe(true);
  expect(came && isSigned(came.request, `${receiver.url}/other`)).toBe(false);
  expect(await reaches(`${taskid}-0`, "delivered")).toMatchObject({
    attempts: [{ attempt: 1, outcome: "delivered", status: 200 }],
  });
});

test("a task that fails for good tells its webhook why; one without attempts says so", async () => {
  const webhook = { url: receiver.url };
  const failed = await runs.send(nextId, { ...call("/fail"), webhook });
  await receiver.server.received(1);
  expect(receiver.received()[0]?.payload).toMatchObject({
    status: "failed",
    event_type: "job.failed",
    attempts: 1,
    result: { type: "failure", retval: null, error: { type: "RemoteError", message: "no luck" } },
  });
  nextId += 1;
  const waiting = await runs.send(nextId, { ...call(), after: [failed], webhook });
  await receiver.server.received(2);
  expect(receiver.received()[1]?.payload).toMatchObject({
    id: waiting,
    status: "failed",
    started_at: null,
    duration: null,
    attempts: 0,
    result: { error: { type: "PredecessorFailed" } },
  });
});

test("attempts of a task are counted in the last round, and a retry by hand is told by itself", async () => {
  let calls = 0;
  await using flaky = await captureServer();
  flaky.answer(() => (++calls < 3 ? { status: 503 } : { body: { status: "success", retval: 1 } }));
  const taskid = await runs.send(nextId, {
    ...{ call: { url: flaky.url }, max_retries: 1, retry_intervals: [0.01] },
    webhook: { url: receiver.url },
  });
  await receiver.server.received(1);
  await runs.transitions.retry(taskid);
  await receiver.server.received(2);
  expect(
    receiver.received().map(({ id, payload }) => [id, payload.status, payload.attempts]),
  ).toEqual([
    [`${taskid}-0`, "failed", 2],
    [`${taskid}-1`, "finished", 1],
  ]);
});

test("method, headers, cookies and Basic auth are sent as configured, and told to nobody", async () => {
  const webhook = {
    url: `${receiver.url}?key=in-query`,
    method: "PUT",
    headers: { "X-Api-Key": "secret-key", "content-type": "application/vnd.example+json" },
    cookies: { sid: "secret-cookie", theme: "dark" },
    auth: ["user", "pässword"],
  } as const;
  const taskid = await runs.send(nextId, {
    ...call(),
    webhook: { ...webhook, auth: ["user", "pässword"] },
  });
  await receiver.server.received(1);
  const [came] = receiver.received();
  expect(came?.request).toMatchObject({
    method: "PUT",
    path: "/hook?key=in-query",
    headers: {
      "x-api-key": "secret-key",
      "content-type": "application/vnd.example+json",
      cookie: "sid=secret-cookie; theme=dark",
      authorization: `Basic ${Buffer.from("user:pässword").toString("base64")}`,
    },
  });
  expect(came && isSigned(came.request, webhook.url)).toBe(true);
  expect(came?.request.body).not.toMatch(/secret-|pässword|in-query/);
  const delivery = await reaches(`${taskid}-0`, "delivered");
  expect(delivery.request).toMatchObject({ headers: ["X-Api-Key", "content-type"], auth: true });
  expect(JSON.stringify(delivery)).not.toMatch(/secret-|pässword/);
});

test("a secret of an address that was replaced signs no more, a new one does, as long as asked both", async () => {
  const { redis, keys } = runs;
  const address = receiverOf("", receiver.url);
  const send = async () => {
    nextId += 1;
    const count = receiver.received().length;
    await runs.send(nextId, { ...call(), webhook: { url: receiver.url } });
    await receiver.server.received(count + 1);
    const request = receiver.received().at(-1)?.request;
    return [1, 2, 3].map((v) => request !== undefined && isSigned(request, receiver.url, "", v));
  };
  expect(await send()).toEqual([true, false, false]);
  await showDestinationSecret(redis, keys, address, { overlapMs: 60_000 });
  expect(await send()).toEqual([true, true, false]);
  await showDestinationSecret(redis, keys, address, { overlapMs: 0 });
  expect(await send()).toEqual([false, false, true]);
});

test("what fails is sent again after its intervals, with the same id and body, each try recorded", async () => {
  receiver.answer((_request, nth) =>
    nth === 1 ? "reset" : nth === 2 ? { status: 500, body: "broken" } : { status: 204 },
  );
  const taskid = await runs.send(nextId, {
    ...call(),
    webhook: { url: receiver.url, retry_intervals: [0.2, 0.4] },
  });
  await receiver.server.received(3);
  const came = receiver.received();
  expect(new Set(came.map(({ id }) => id))).toEqual(new Set([`${taskid}-0`]));
  expect(new Set(came.map(({ request }) => request.body)).size).toBe(1);
  for (const { request } of came) expect(isSigned(request, receiver.url)).toBe(true);
  const [first = 0, second = 0, third = 0] = came.map(({ request }) => request.at);
  expect(second - first).toBeGreaterThanOrEqual(160);
  expect(third - second).toBeGreaterThanOrEqual(320);
  const delivery = await reaches(`${taskid}-0`, "delivered");
  expect(delivery.attempts).toMatchObject([
    {
      attempt: 1,
      outcome: "failed",
      error: { type: "ConnectionFailed" },
      retry_at: expect.any(String),
    },
    { attempt: 2, outcome: "failed", status: 500, reply: "broken", error: { type: "HttpError" } },
    { attempt: 3, outcome: "delivered", status: 204 },
  ]);
});

test("a webhook that fails for good is a dead letter with why, and the task's outcome stays", async () => {
  receiver.answer({ status: 302, headers: { location: "/elsewhere" } });
  const taskid = await runs.send(nextId, {
    ...call(),
    webhook: { url: receiver.url, max_retries: 2, retry_intervals: [0] },
  });
  const delivery = await reaches(`${taskid}-0`, "failed");
  expect(delivery.why).toMatch(/redirect.*\(try 3 of 3\)$/);
  expect(receiver.received().length).toBe(3);
  expect(await runs.reaches(taskid, "succeeded")).toMatchObject({ error: null });
  const page = await readDeliveryPage(runs.redis, runs.keys, { state: "failed", limit: 5 });
  expect(page.deliveries[0]).toMatchObject({ deliveryid: `${taskid}-0`, last_status: 302 });
});

test("max_retries 0: it is sent once", async () => {
  receiver.answer({ status: 500 });
  const taskid = await runs.send(nextId, {
    ...call(),
    webhook: { url: receiver.url, max_retries: 0 },
  });
  expect(await reaches(`${taskid}-0`, "failed")).toMatchObject({ tries: 1 });
  expect(receiver.received().length).toBe(1);
});

test("timeouts hold", async () => {
  receiver.answer("hang");
  const taskid = await runs.send(nextId, {
    ...call(),
    webhook: { url: receiver.url, timeout: 0.5, max_retries: 0 },
  });
  const delivery = await reaches(`${taskid}-0`, "failed");
  expect(delivery.attempts[0]).toMatchObject({ error: { type: "Timeout" } });
  expect(delivery.attempts[0]?.duration_ms).toBeGreaterThanOrEqual(490);
  expect(delivery.attempts[0]?.duration_ms).toBeLessThan(2_000);
});

test("Retry-After is waited for, though the interval is over", async () => {
  receiver.answer((_request, nth) =>
    nth === 1 ? { status: 429, headers: { "retry-after": "1" } } : {},
  );
  await runs.send(nextId, { ...call(), webhook: { url: receiver.url, retry_intervals: [0] } });
  await receiver.server.received(2);
  const [first = 0, second = 0] = receiver.received().map(({ request }) => request.at);
  expect(second - first).toBeGreaterThanOrEqual(1_000);
  expect(second - first).toBeLessThan(4_000);
});

test("410: it fails at once, and the address gets no more", async () => {
  receiver.answer({ status: 410 });
  const webhook = { url: receiver.url };
  const first = await runs.send(nextId, { ...call(), webhook });
  expect(await reaches(`${first}-0`, "failed")).toMatchObject({
    why: "it answered 410 (gone)",
    tries: 1,
  });
  nextId += 1;
  const second = await runs.send(nextId, { ...call(), webhook });
  expect((await reaches(`${second}-0`, "failed")).why).toMatch(/^the address has answered 410/);
  expect(receiver.received().length).toBe(1);
});

test("an address that may not be called fails at once", async () => {
  const taskid = await runs.send(nextId, { ...call(), webhook: { url: "http://10.0.0.1/hook" } });
  expect(await reaches(`${taskid}-0`, "failed")).toMatchObject({
    tries: 1,
    attempts: [{ error: { type: "AddressRefused" } }],
  });
});

test("a caller that this worker does not have is tried again and fails by itself", async () => {
  const webhook = { name: "pigeon", url: receiver.url, max_retries: 1, retry_intervals: [0] };
  const taskid = await runs.send(nextId, { ...call(), webhook });
  expect(await reaches(`${taskid}-0`, "failed")).toMatchObject({
    attempts: [{ error: { type: "UnknownCaller" } }, { error: { type: "UnknownCaller" } }],
  });
  expect(receiver.received().length).toBe(0);
});

test("subscriptions get the results that fit, each signed with its own secret, beside the task's own", async () => {
  const batchid = `batch${nextId}`;
  const all = await subscribe(runs, { url: receiver.url, filter: { batchid } });
  const failed = await subscribe(runs, {
    url: receiver.url,
    filter: { batchid, state: ["failed"] },
  });
  const low = await subscribe(runs, { url: receiver.url, filter: { batchid, priority: ["Low"] } });
  const succeeds = await runs.send(nextId, { ...call(), batchid, webhook: { url: receiver.url } });
  nextId += 1;
  const fails = await runs.send(nextId, { ...call("/fail"), batchid });
  const expected = [
    ...[`${succeeds}-0`, `${succeeds}-0-${all}`, `${fails}-0-${all}`, `${fails}-0-${failed}`],
  ];
  await receiver.server.received(expected.length);
  for (const id of expected) await reaches(id, "delivered");
  const came = receiver.received();
  expect(came.map(({ id }) => id).sort()).toEqual(expected.sort());
  expect(came.some(({ id }) => id.endsWith(low))).toBe(false);
  for (const { id, request } of came) {
    const subscriptionid = id.split("-")[2] ?? "";
    expect(isSigned(request, receiver.url, subscriptionid)).toBe(true);
    expect(isSigned(request, receiver.url, subscriptionid === "" ? all : "")).toBe(false);
  }
  const bodies = came
    .filter(({ id }) => id.startsWith(succeeds))
    .map(({ request }) => request.body);
  expect(new Set(bodies).size).toBe(1);
});

test("410 disables a subscription: nothing more is made for it", async () => {
  const batchid = `batch${nextId}`;
  const subscriptionid = await subscribe(runs, { url: receiver.url, filter: { batchid } });
  receiver.answer({ status: 410 });
  const first = await runs.send(nextId, { ...call(), batchid });
  await reaches(`${first}-0-${subscriptionid}`, "failed");
  nextId += 1;
  const second = await runs.send(nextId, {
    ...call(),
    batchid,
    webhook: { url: `${receiver.url}/own` },
  });
  // Both are made in one step.
  await until(async () => await stored(`${second}-0`));
  expect(await stored(`${second}-0-${subscriptionid}`)).toBeNull();
});

test("figures tell what was made, tried and came to rest", async () => {
  expect(await worker.metric("taskpulse_webhooks_made_total")).toBeGreaterThan(10);
  expect(await worker.metric("taskpulse_webhook_tries_total")).toBeGreaterThan(10);
  expect(await worker.metric("taskpulse_webhooks_total")).toBeGreaterThan(10);
  expect(await worker.metric("taskpulse_webhooks_under_way")).toBe(0);
});
