import type { TaskDetail, TaskError } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { until } from "@taskpulse/test-kit";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { readJson } from "../fixtures/ingest-calls.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";
import { storeOf } from "../fixtures/store-of.ts";
import { argsFromText } from "./gateway-args.ts";

const consumer = consumerUnderTest();
const api = apiOf(consumer);
const store = storeOf(consumer);
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const MULTIPLY = "/apply/multiply";

/** As workers say it. */
const factor = {
  anyOf: [{ type: "number" }, { type: "string", pattern: "^[-+.\\deE]+$" }],
  rule: "must be a number, or a text that is one",
};
const HANDLERS = {
  multiply: {
    description: "x times y",
    args: { type: "object", properties: { x: factor, y: factor }, required: ["x", "y"] },
  },
  typed: {
    description: "takes no texts but one",
    args: {
      type: "object",
      properties: {
        n: { type: "number" },
        is: { type: "boolean" },
        list: { type: "array", items: { type: "integer" } },
        map: { type: "object" },
        text: { type: "string" },
      },
    },
  },
};

beforeAll(async () => {
  await store.announce(HANDLERS);
  await until(async () => (await api.get(`${MULTIPLY}?x=1&y=1`)).status === 200);
});

const detail = (taskid: unknown) =>
  readJson<TaskDetail>(consumer.origin, `/api/tasks/${String(taskid)}`);

async function start(path = `${MULTIPLY}?x=10&y=10`): Promise<string> {
  const { status, body } = await api.get(path);
  expect([status, body]).toEqual([200, { ok: "true", task_id: expect.any(String) }]);
  return String(body.task_id);
}

test("GET starts a handler with the query as its args", async () => {
  const taskid = await start();
  expect(await detail(taskid)).toMatchObject({
    ...{ batchid: "gateway", owner: "gateway", priority: "Moderate", runnable: true },
    task: { handler: "multiply", args: { x: "10", y: "10" } },
  });
  expect(await start(`${MULTIPLY}/?x=10&y=10`)).not.toBe(taskid);
});

test.each<[string, unknown, Record<string, string>, string]>([
  ["a form", "x=2.5&y=4", FORM, ""],
  ["a form in UTF-8", "x=2.5&y=4", { "content-type": `${FORM["content-type"]};charset=UTF-8` }, ""],
  ["JSON", { x: 2.5, y: 4 }, {}, ""],
  ["the query alone", undefined, {}, "?x=2.5&y=4"],
  ["a form over the query", "x=2.5", FORM, "?x=7&y=4"],
  ["JSON over the query", { x: 2.5 }, {}, "?x=7&y=4"],
])("POST takes args as %s", async (_what, body, headers, query) => {
  const answer = await api.post(MULTIPLY + query, body, headers);
  expect(answer).toMatchObject({ status: 200, body: { ok: "true" } });
  const { args } = (await detail(answer.body.task_id)).task;
  expect([Number(args?.x), Number(args?.y)]).toEqual([2.5, 4]);
});

test("texts become what the handler takes, and JSON stays as it is", async () => {
  const query = "n=-1.5e3&is=true&list=1&list=2&map=%7B%22a%22%3A1%7D&text=7&more=a+b&more=%C3%BC";
  const args = { n: -1_500, is: true, list: [1, 2], map: { a: 1 }, text: "7", more: ["a b", "ü"] };
  expect((await detail(await start(`/apply/typed?${query}`))).task.args).toEqual(args);
  const posted = await api.post("/apply/typed", query, FORM);
  expect((await detail(posted.body.task_id)).task.args).toEqual(args);
  const json = await api.post("/apply/typed", { n: "1" });
  expect(json).toMatchObject({ status: 400, body: { errors: [{ path: "args.n" }] } });
  const digits = '{"n":1,"big":123456789012345678901234567890}';
  const { body } = await api.post("/apply/typed", digits);
  const text = await (await fetch(`${consumer.origin}/api/tasks/${body.task_id}`)).text();
  expect(text).toContain('"big":123456789012345678901234567890');
});

test("whatever the parameters are, nothing is lost and nothing is invented", () => {
  const types = ["number", "integer", "boolean", "array", "object", "string", undefined];
  const name = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "a", "b"));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.oneof(fc.string(), fc.json(), fc.double().map(String)))),
      fc.dictionary(name, fc.record({ type: fc.constantFrom(...types) })),
      (pairs, properties) => {
        const args = argsFromText(new URLSearchParams(pairs), { properties });
        expect(new Set(Object.keys(args))).toEqual(new Set(new URLSearchParams(pairs).keys()));
        expect(Object.getPrototypeOf(args)).toBe(Object.prototype);
        // What can't be read as JSON's is still its text.
        expect(JSON.parse(JSON.stringify(args))).toEqual(
          JSON.parse(JSON.stringify(args, (_key, value) => (value === 0 ? 0 : value))),
        );
      },
    ),
  );
});

test("a form with too many fields is refused before it is taken apart", async () => {
  const form = (fields: number) => Array.from({ length: fields }, (_, i) => `k${i}=`).join("&");
  const taken = await api.post("/apply/typed", form(10_000), FORM);
  expect(taken.status).toBe(200);
  for (const body of [form(10_001), "&".repeat(1_048_576)]) {
    const refused = await api.post(MULTIPLY, body, FORM);
    expect(refused).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(refused.body.reason).toBe("The body must not hold more than 10000 fields.");
  }
  const bytes = Buffer.from("783dff", "hex");
  const latin = await fetch(consumer.origin + MULTIPLY, {
    method: "POST",
    headers: FORM,
    body: bytes,
  });
  expect(await latin.json()).toMatchObject({ reason: "The body must be in UTF-8." });
});

test("the priority can be named in a header", async () => {
  const header = { "taskpulse-priority": "Critical" };
  const { body } = await api.call("GET", `${MULTIPLY}?x=1&y=1`, undefined, header);
  expect((await detail(body.task_id)).priority).toBe("Critical");
  const wrong = await api.call("GET", `${MULTIPLY}?x=1&y=1`, undefined, {
    "taskpulse-priority": "urgent",
  });
  expect(wrong).toMatchObject({
    status: 400,
    body: { reason: "taskpulse-priority must be Low, Moderate, Major or Critical." },
  });
});

test("under one Idempotency-Key a task is started once", async () => {
  const key = { "idempotency-key": "gateway-1" };
  const call = (query: string) => api.call("GET", MULTIPLY + query, undefined, key);
  const answers = await Promise.all(Array.from({ length: 8 }, () => call("?x=3&y=4")));
  expect(new Set(answers.map(({ body }) => body.task_id)).size).toBe(1);
  expect(await call("?x=3&y=5")).toMatchObject({
    status: 422,
    body: { code: "idempotency_key_reused" },
  });
  expect((await api.call("GET", MULTIPLY, undefined, { "idempotency-key": "a b" })).status).toBe(
    400,
  );
});

test("a name that no worker has is 404, and args that do not fit are named", async () => {
  for (const name of ["divide", "__proto__", "mul%2Ftiply", "x".repeat(300)]) {
    const answer = await api.get(`/apply/${name}`);
    expect(answer.status, name).toBe(404);
    expect(answer.body.code).toBe("not_found");
  }
  const wrong = await api.get(`${MULTIPLY}?x=ten`);
  expect(wrong).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  expect(wrong.body.reason).toMatch(/^args\.x must be a number, or a text that is one; args\.y /);
  expect(wrong.body.errors?.map(({ path }) => path)).toEqual(["args.x", "args.y"]);
});

test.each<[number, string, unknown, Record<string, string>]>([
  [415, "unsupported_media_type", "x", { "content-type": "text/plain" }],
  [415, "unsupported_media_type", "x", { "content-type": "multipart/form-data" }],
  [415, "unsupported_media_type", "x=1", { ...FORM, "content-encoding": "gzip" }],
  [400, "invalid_json", "{", {}],
  [400, "invalid_request", [], {}],
  [400, "invalid_request", "null", {}],
  [413, "body_too_large", "x".repeat(1_048_577), FORM],
])("%i %s for a body that can't be args", async (status, code, body, headers) => {
  expect(await api.post(MULTIPLY, body, headers)).toMatchObject({ status, body: { code } });
});

test("other methods are refused, HEAD too, and pages of other sites may start nothing", async () => {
  for (const method of ["HEAD", "PUT", "DELETE"]) {
    const response = await fetch(`${consumer.origin}${MULTIPLY}?x=1&y=1`, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST"]);
  }
  const image = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
  const query = `${MULTIPLY}?x=1&y=1`;
  expect((await api.call("GET", query, undefined, image)).status).toBe(403);
  for (const path of ["/tasks/a/done", "/tasks/a/status", "/task_status/"]) {
    const response = await fetch(consumer.origin + path, { method: "POST" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  }
});

async function told(taskid: string) {
  const [done, status, state] = await Promise.all([
    api.get(`/tasks/${taskid}/done`),
    api.get(`/tasks/${taskid}/status`),
    api.get(`/task_status/?task_id=${taskid}`),
  ]);
  expect([done.status, status.status, state.status]).toEqual([200, 200, 200]);
  const again = await Promise.all([
    api.get(`/tasks/${taskid}/done/`),
    api.get(`/tasks/${taskid}/status/`),
    api.get(`/task_status?task_id=${taskid}`),
  ]);
  expect(again.map(({ body }) => body)).toEqual([done.body, status.body, state.body]);
  return { done: done.body.task, status: status.body.task, state: state.body };
}

test("what it tells of a task that waits, runs, is tried again and succeeds", async () => {
  const id = await start();
  const tells = async (status: string, result: unknown = null) => {
    const over = status === "SUCCESS";
    expect(await told(id)).toEqual({
      done: { id, executed: over, ended: over },
      status: { id, status, result },
      state: { state: status },
    });
  };
  await tells("PENDING");
  await store.queue(id);
  await tells("PENDING");
  const place = await store.begin(id);
  await tells("STARTED");
  await store.transitions.finish(place, "{}", { kind: "retrying", delayMs: 0 });
  await tells("RETRY");
  await store.redis.hset(store.keys.runPrefix + id, "d", "");
  const second = await store.begin(id);
  await store.transitions.finish(second, "{}", { kind: "accepted", deadlineMs: 9_000 });
  await tells("STARTED");
  await store.transitions.report(id, null, "succeeded", "100");
  await tells("SUCCESS", 100);
});

test.each<[Partial<TaskError>, string]>([
  [{ type: "HttpError", message: "HTTP 500", status: 500 }, "HttpError: HTTP 500"],
  [{ type: "HandlerError", message: "no" }, "HandlerError: no"],
])("what it tells of a task that failed: %j", async (error, text) => {
  const id = await start();
  await store.fail(id, error);
  const { type, message } = error;
  expect(await told(id)).toEqual({
    done: { id, executed: true, ended: true },
    status: { id, status: "FAILURE", result: { error: { type, message } } },
    state: { state: "FAILURE", error: text },
  });
});

test("what it tells of tasks that wait for others, were cancelled, or are only recorded", async () => {
  const task = { owner: "Ann", priority: "Low" };
  const waits = await api.post("/api/tasks", { ...task, handler: "typed", delay: 60 });
  expect((await told(String(waits.body.taskid))).state).toEqual({ state: "PENDING" });
  await api.post(`/api/tasks/${waits.body.taskid}/cancel`);
  expect(await told(String(waits.body.taskid))).toMatchObject({
    done: { executed: false, ended: true },
    status: { status: "REVOKED", result: null },
    state: { state: "REVOKED" },
  });
  const recorded = await api.post("/api/tasks", task);
  expect(await told(String(recorded.body.taskid))).toMatchObject({
    done: { executed: false, ended: false },
    status: { status: "RECEIVED", result: null },
  });
});

test("a result keeps its digits, and null is one", async () => {
  const id = await start();
  const resultJson = '{"n":123456789012345678901234567890}';
  await store.transitions.finish(await store.begin(id), "{}", { kind: "succeeded", resultJson });
  const text = await (await fetch(`${consumer.origin}/tasks/${id}/status`)).text();
  expect(text).toBe(`{"task":{"id":"${id}","status":"SUCCESS","result":${resultJson}}}`);
});

test.each([taskidOf("nobody", 1), "7", "x".repeat(100)])("an unknown id is 404: %s", async (id) => {
  for (const path of [`/tasks/${id}/done`, `/tasks/${id}/status`]) {
    expect(await api.get(path)).toMatchObject({ status: 404, body: { code: "not_found" } });
  }
  const state = await api.get(`/task_status/?task_id=${id}`);
  expect([state.status, state.body]).toEqual([404, { error: "not found" }]);
});

test.each(["", "?task_id=a&task_id=b"])("/task_status/%s asks for one id", async (query) => {
  expect(await api.get(`/task_status/${query}`)).toMatchObject({
    status: 400,
    body: { code: "invalid_request", errors: [{ path: "task_id" }] },
  });
});

test("with an admin token set, only those who have it may start and ask", async () => {
  const token = "let-me-in-please";
  await using guarded = await runConsumer(consumer.redis.url, { ADMIN_TOKEN: token });
  const id = await start();
  const paths = [`${MULTIPLY}?x=1&y=1`, `/tasks/${id}/done`, `/tasks/${id}/status`];
  for (const path of [...paths, `/task_status/?task_id=${id}`]) {
    expect((await fetch(guarded.origin + path)).status, path).toBe(401);
    const authorization = { authorization: `Bearer ${token}` };
    const let_in = await fetch(guarded.origin + path, { headers: authorization });
    expect(let_in.status, path).toBe(200);
  }
});

test("before any worker has said what it can do it is too early to say 404", async () => {
  await store.forget("*handlers*");
  await using early = await runConsumer(consumer.redis.url);
  const answer = await fetch(`${early.origin}${MULTIPLY}?x=1&y=1`);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await answer.json()).toMatchObject({ code: "no_worker" });
  await store.announce(HANDLERS);
  await until(async () => (await fetch(`${early.origin}${MULTIPLY}?x=1&y=1`)).status === 200);
});

test("Redis frozen: 503 with Retry-After", async () => {
  const id = await start();
  await consumer.redis.kill("SIGSTOP");
  try {
    const answers = await Promise.all(
      [`${MULTIPLY}?x=1&y=1`, `/tasks/${id}/done`, `/task_status/?task_id=${id}`].map(api.get),
    );
    for (const { status, headers } of answers) {
      expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    }
  } finally {
    await consumer.redis.kill("SIGCONT");
  }
});
