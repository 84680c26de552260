import { request } from "node:http";
import type { TaskDetail } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { parseSecrets, reportToken } from "@taskpulse/webhook";
import { expect, test } from "vitest";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { readJson, replyOf } from "../fixtures/ingest-calls.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";
import { type Signing, signatureFor, TEST_SECRET } from "../fixtures/signing.ts";
import { storeOf } from "../fixtures/store-of.ts";

const OLDER_SECRET = `whsec_${Buffer.alloc(32, "older").toString("base64")}`;
const consumer = consumerUnderTest({ WEBHOOK_SECRET: `${TEST_SECRET} ${OLDER_SECRET}` });
const api = apiOf(consumer);
const store = storeOf(consumer);

interface Place {
  taskid: string;
  round: number;
  attempt: number;
}

/** A task of which an attempt is under way, and whose remote has answered 202 unless told otherwise. */
async function calledTask({ accepted = true } = {}): Promise<Place> {
  const call = { url: "http://127.0.0.1:9/" };
  const { body } = await api.post("/api/tasks", { owner: "Ann", priority: "Low", call });
  const place = await store.begin(String(body.taskid));
  if (accepted) await accept(place);
  return place;
}

const accept = (place: Place) =>
  store.transitions.finish(place, "{}", { kind: "accepted", deadlineMs: 3_600_000 });

function tokenOf(place: Place, secret = TEST_SECRET): string {
  const parsed = parseSecrets(secret);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return reportToken({ master: parsed.secrets[0], ...place });
}

const addressOf = (place: Place) => `/webhook?task_id=${place.taskid}&token=${tokenOf(place)}`;
const detail = (taskid: string) => readJson<TaskDetail>(consumer.origin, `/api/tasks/${taskid}`);
const completed = (place: Place, more: object = {}) => ({
  event: "task_completed",
  task_id: place.taskid,
  retval: 1,
  ...more,
});

/** Sends a report to `/webhook` without a token, signed unless told otherwise. */
async function signed(
  report: unknown,
  signing: Signing | null = {},
  { origin }: Pick<RunningConsumer, "origin"> = consumer,
  query = "",
) {
  const body = JSON.stringify(report);
  const signature = signing === null ? {} : { ...signatureFor(body, signing) };
  const headers = { "content-type": "application/json", ...signature };
  return replyOf(await fetch(`${origin}/webhook${query}`, { method: "POST", headers, body }));
}

test("the address that a call carried takes the report: what was returned is the task's result", async () => {
  const place = await calledTask();
  expect(await detail(place.taskid)).toMatchObject({ state: "running", reported_later: true });
  const report = `{"event":"task_completed","task_id":"${place.taskid}","retval":{"n":9007199254740993}}`;
  const { status, body } = await api.post(addressOf(place), report);
  expect([status, body]).toEqual([
    200,
    { status: "success", retval: { task_id: place.taskid, changed: true } },
  ]);
  const text = await (await fetch(`${consumer.origin}/api/tasks/${place.taskid}`)).text();
  expect(text).toContain('"result":{"n":9007199254740993}');
  expect(await detail(place.taskid)).toMatchObject({ state: "succeeded", due_at: null });
});

test.each([
  [{ reason: "no paper" }, "no paper"],
  [{}, "the remote gave no reason"],
  [{ reason: "x".repeat(3_000), retval: 1 }, `${"x".repeat(2_000)}…`],
])("task_failed fails the task with its reason", async (fields, message) => {
  const place = await calledTask();
  const report = { event: "task_failed", task_id: place.taskid, ...fields };
  expect((await api.post(addressOf(place), report)).status).toBe(200);
  const { state, error } = await detail(place.taskid);
  expect([state, error]).toEqual(["failed", { type: "RemoteError", message }]);
});

test("a retval may be left out, and be anything", async () => {
  for (const retval of [undefined, null, false, "", [[]], { __proto__: 1 }]) {
    const place = await calledTask();
    await api.post(addressOf(place), completed(place, { retval }));
    expect((await detail(place.taskid)).result).toEqual(retval ?? null);
  }
});

test("a report may come before the 202 has been read", async () => {
  const place = await calledTask({ accepted: false });
  expect((await api.post(addressOf(place), completed(place))).body.retval).toMatchObject({
    changed: true,
  });
  expect(await accept(place)).toBe(false);
  expect(await detail(place.taskid)).toMatchObject({ state: "succeeded", due_at: null });
});

test("repeated, contradicting and late reports are answered 200 and change nothing", async () => {
  const place = await calledTask();
  const reports = Array.from({ length: 10 }, (_, retval) => completed(place, { retval }));
  const answers = await Promise.all(reports.map((report) => api.post(addressOf(place), report)));
  answers.push(
    await api.post(addressOf(place), { event: "task_failed", task_id: place.taskid, reason: "no" }),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const changed = answers.filter(({ body }) => Reflect.get(Object(body.retval), "changed"));
  expect(changed).toHaveLength(1);
  const { state, timeline } = await detail(place.taskid);
  expect(state).toBe("succeeded");
  expect(timeline.filter(({ event }) => event === "succeeded")).toHaveLength(1);

  const late = await calledTask();
  await store.transitions.cancel(late.taskid);
  expect(await api.post(addressOf(late), completed(late))).toMatchObject({
    status: 200,
    body: { retval: { changed: false } },
  });
  expect((await detail(late.taskid)).state).toBe("cancelled");
});

test("what an earlier attempt has done counts, that it could not says nothing of the later one", async () => {
  const first = await calledTask({ accepted: false });
  await store.transitions.finish(first, "{}", { kind: "retrying", delayMs: 0 });
  await store.redis.hset(store.keys.runPrefix + first.taskid, "d", "");
  const second = await store.begin(first.taskid);
  expect(second.attempt).toBe(2);
  const failed = { event: "task_failed", task_id: first.taskid, reason: "no" };
  const unchanged = { status: 200, body: { retval: { changed: false } } };
  expect(await api.post(addressOf(first), failed)).toMatchObject(unchanged);
  expect((await detail(first.taskid)).state).toBe("running");
  const ahead = { ...second, attempt: 3 };
  expect(await api.post(addressOf(ahead), completed(ahead))).toMatchObject(unchanged);
  expect((await api.post(addressOf(first), completed(first))).status).toBe(200);
  expect((await detail(first.taskid)).state).toBe("succeeded");
  expect(await api.post(addressOf(second), completed(second))).toMatchObject(unchanged);
});

test("a wrong token is refused, and ends nothing", async () => {
  const [place, other] = [await calledTask(), await calledTask()];
  const good = tokenOf(place);
  const wrong = [
    ...["", "x", good.slice(0, -1), `${good}A`, good.replace(/^0\.1/, "0.2")],
    tokenOf(other),
    tokenOf(place, `whsec_${Buffer.alloc(32, "foreign").toString("base64")}`),
  ];
  for (const token of wrong) {
    for (const task of ["", `&task_id=${place.taskid}`]) {
      const answer = await api.post(`/webhook?token=${token}${task}`, completed(place));
      expect(answer, token).toMatchObject({ status: 401, body: { code: "report_token_invalid" } });
    }
  }
  const twice = `/webhook?token=${good}&token=${good}`;
  expect((await api.post(twice, completed(place))).status).toBe(401);
  // A good address, but a report for another task.
  expect((await api.post(addressOf(place), completed(other))).status).toBe(401);
  expect((await detail(place.taskid)).state).toBe("running");
  expect((await detail(other.taskid)).state).toBe("running");
  const metrics = await (await fetch(`${consumer.origin}/metrics`)).text();
  expect(metrics).toMatch(/taskpulse_ingest_refused_total\{reason="report_token",.*\} \d\d/);
  expect(metrics).toMatch(/taskpulse_reports_total\{status="401",.*\} \d\d/);
});

test("a token of a secret that no longer signs is good, also without the task in the address", async () => {
  const place = await calledTask();
  const path = `/webhook?token=${tokenOf(place, OLDER_SECRET)}`;
  expect((await api.post(path, completed(place))).status).toBe(200);
  expect((await detail(place.taskid)).state).toBe("succeeded");
});

test("whoever may send tasks may report, signed", async () => {
  const place = await calledTask();
  expect(await signed(completed(place))).toMatchObject({ status: 200 });
  expect((await detail(place.taskid)).state).toBe("succeeded");
});

test("without a token a signature is needed, and one that is there must be good", async () => {
  const place = await calledTask();
  const report = completed(place);
  expect(await signed(report, null)).toMatchObject({ status: 401, code: "signature_required" });
  const foreign = { secret: `whsec_${Buffer.alloc(32, "foreign").toString("base64")}` };
  expect(await signed(report, foreign)).toMatchObject({ status: 401, code: "signature_invalid" });
  const stale = { nowMs: Date.now() - 3_600_000 };
  expect(await signed(report, stale)).toMatchObject({ status: 401, code: "signature_stale" });
  // A good token does not make up for a bad signature, nor the other way round.
  const query = addressOf(place).replace("/webhook", "");
  expect((await signed(report, foreign, consumer, query)).status).toBe(401);
  expect((await signed(report, {}, consumer, "?token=0.1.x")).status).toBe(401);
  expect((await detail(place.taskid)).state).toBe("running");
});

test("REQUIRE_SIGNATURE=false takes what carries neither, but no bad signature and no foreign page", async () => {
  await using lenient = await runConsumer(consumer.redis.url, { REQUIRE_SIGNATURE: "false" });
  const place = await calledTask();
  const foreign = { secret: `whsec_${Buffer.alloc(32, "foreign").toString("base64")}` };
  expect((await signed(completed(place), foreign, lenient)).status).toBe(401);
  expect((await signed(completed(place), null, lenient, "?token=0.1.x")).status).toBe(401);
  const page = await fetch(`${lenient.origin}/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: "https://elsewhere.example" },
    body: JSON.stringify(completed(place)),
  });
  expect(page.status).toBe(403);
  expect((await detail(place.taskid)).state).toBe("running");
  expect((await signed(completed(place), null, lenient)).status).toBe(200);
  expect((await detail(place.taskid)).state).toBe("succeeded");
});

test("the admin token is not asked for", async () => {
  await using guarded = await runConsumer(consumer.redis.url, { ADMIN_TOKEN: "let-me-in-please" });
  const place = await calledTask();
  const response = await fetch(guarded.origin + addressOf(place), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(completed(place)),
  });
  expect(response.status).toBe(200);
});

test("404 for a task that is not known, 409 for one that is only recorded", async () => {
  const nobody = { taskid: taskidOf("nobody", 1), round: 0, attempt: 1 };
  for (const answer of [
    await api.post(addressOf(nobody), completed(nobody)),
    { body: await signed(completed(nobody)), status: (await signed(completed(nobody))).status },
  ]) {
    expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
  }
  const { body } = await api.post("/api/tasks", { owner: "Ann", priority: "Low" });
  const recorded = { taskid: String(body.taskid), round: 0, attempt: 1 };
  expect(await signed(completed(recorded))).toMatchObject({ status: 409, code: "task_state" });
});

test("each refusal in its order: method, size, media type, token, JSON, fields", async () => {
  const place = await calledTask();
  const good = addressOf(place);
  const bad = `${good}x`;
  const text = { "content-type": "text/plain" };
  const get = await api.get(bad);
  expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
  const large = "x".repeat(1_048_577);
  expect((await api.post(bad, large, text)).body.code).toBe("body_too_large");
  expect((await api.post(bad, "{", text)).body.code).toBe("unsupported_media_type");
  expect((await api.post(bad, "{")).body.code).toBe("report_token_invalid");
  expect((await api.post(good, "{")).body.code).toBe("invalid_json");
  expect((await api.post(good, "")).body.code).toBe("invalid_json");
  const fields = await api.post(good, { event: "done", task_id: 7, reason: {} });
  expect([fields.status, fields.body.code]).toEqual([400, "invalid_request"]);
  expect(fields.body.reason).toBe(
    "event must be task_completed or task_failed; task_id must be a taskid; reason must be a text.",
  );
  expect((await api.post(good, [])).body.errors).toEqual([
    { path: "", message: "must be an object" },
  ]);
  const deep = `${"[".repeat(101)}${"]".repeat(101)}`;
  const nested = `{"event":"task_completed","task_id":"${place.taskid}","retval":${deep}}`;
  expect((await api.post(good, nested)).body.reason).toContain("nested deeper than 100 levels");
  expect((await detail(place.taskid)).state).toBe("running");
});

test("what is refused by its size is refused before it is sent", async () => {
  const place = await calledTask();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": 2_000_000 };
    const sent = request(consumer.origin + addressOf(place), { method: "POST", headers });
    sent.on("response", (response) => {
      resolve(response.statusCode);
      sent.destroy();
    });
    sent.on("error", reject);
    sent.flushHeaders();
  });
  expect(status).toBe(413);
});

test("INGEST_RATE_LIMIT holds for reports as well", async () => {
  await using limited = await runConsumer(
    consumer.redis.url,
    { INGEST_RATE_LIMIT: "2" },
    { rateNowMs: () => 0 },
  );
  const answers = [];
  for (let i = 0; i < 3; i += 1) answers.push(await signed({}, {}, limited));
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 429]);
});

test("Redis frozen: 503 with Retry-After; thawed: the report is taken", async () => {
  const place = await calledTask();
  await consumer.redis.kill("SIGSTOP");
  try {
    const answer = await api.post(addressOf(place), completed(place));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  } finally {
    await consumer.redis.kill("SIGCONT");
  }
  await expect
    .poll(async () => (await api.post(addressOf(place), completed(place))).status)
    .toBe(200);
  expect((await detail(place.taskid)).state).toBe("succeeded");
});
