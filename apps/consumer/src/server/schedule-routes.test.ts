import type { ErrorBody, SchedulePage, ScheduleView, TaskDetail } from "@taskpulse/contract";
import { startRedis, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { runConsumer } from "../fixtures/running-consumer.ts";
import { storeOf } from "../fixtures/store-of.ts";

const NOW = Date.parse("2026-03-28T12:00:00.250Z");
const consumer = consumerUnderTest({}, { nowMs: () => NOW });
const storeBehind = storeOf(consumer);
const task = { owner: "Ann Lee", priority: "Low", call: { url: "http://127.0.0.1:9/x" } };

interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  origin = consumer.origin,
): Promise<Answer<T>> {
  const response = await fetch(`${origin}/api/schedules${path}`, {
    method,
    ...(body === undefined
      ? { headers }
      : {
          headers: { "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text === "" ? null : JSON.parse(text)) as T,
    headers: response.headers,
  };
}

async function create(body: object): Promise<ScheduleView> {
  const answer = await call<ScheduleView>("POST", "", { task, ...body });
  expect(answer.status).toBe(201);
  return answer.body;
}

async function errorsOf(body: unknown): Promise<Record<string, string>> {
  const answer = await call<ErrorBody>("POST", "", body);
  expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
  const errors = answer.body.errors ?? [];
  return Object.fromEntries(errors.map(({ path, message }) => [path, message]));
}

test("a preview tells the first runs and writes nothing", async () => {
  const before = await call<SchedulePage>("GET", "");
  const preview = (body: unknown) => call<{ runs: string[] }>("POST", "/preview", body);
  // The clock goes from 2:00 to 3:00 in the first of these nights.
  expect(await preview({ cron: "30 2 * * *", timezone: "Europe/Berlin" })).toMatchObject({
    status: 200,
    body: {
      runs: ["29T01:00", "30T00:30", "31T00:30"]
        .map((at) => `2026-03-${at}:00.000Z`)
        .concat(["01", "02"].map((day) => `2026-04-${day}T00:30:00.000Z`)),
    },
  });
  expect((await preview({ at: "2026-03-28T12:30:00Z" })).body.runs).toEqual([
    "2026-03-28T12:30:00.000Z",
  ]);
  expect((await preview({ every: 60 })).body.runs[1]).toBe("2026-03-28T12:02:00.250Z");
  const wrong = await call<ErrorBody>("POST", "/preview", { cron: "61 * * * *" });
  expect([wrong.status, wrong.body.errors?.map(({ path }) => path)]).toEqual([400, ["cron"]]);
  expect((await call<ErrorBody>("POST", "/preview", [])).status).toBe(400);
  expect((await call<SchedulePage>("GET", "")).body).toEqual(before.body);
});

test("a schedule is answered with when it runs next, and is found again", async () => {
  const answer = await call<ScheduleView>("POST", "", {
    ...{ cron: "30 2 * * *", timezone: "Europe/Berlin", missed: "catch_up", name: "nightly" },
    task: { ...task, batchid: "mine", id: 5, colour: "red" },
  });
  expect(answer.status).toBe(201);
  const { scheduleid } = answer.body;
  expect(answer.headers.get("location")).toBe(`/api/schedules/${scheduleid}`);
  expect(answer.body).toEqual({
    ...{ scheduleid, name: "nightly", cron: "30 2 * * *", timezone: "Europe/Berlin" },
    ...{ missed: "catch_up", state: "active", task: { ...task, batchid: "mine", colour: "red" } },
    created_at: "2026-03-28T12:00:00.250Z",
    // The clock goes from 2:00 to 3:00 in that night.
    next_run_at: "2026-03-29T01:00:00.000Z",
    ...{ last_run_at: null, ended_at: null, runs: 0, missed_runs: 0 },
    ...{ recent: [], recent_missed: [] },
  });
  const found = await call<ScheduleView>("GET", `/${scheduleid}`);
  expect(found.body).toEqual(answer.body);
  expect(found.headers.get("cache-control")).toBe("no-store");
});

test.each([
  [{ every: 90 }, "2026-03-28T12:01:30.250Z"],
  [{ every: 3_600, starts_at: "2026-03-01T00:30:00Z" }, "2026-03-28T12:30:00.000Z"],
  [{ at: "2026-03-29T12:00:00+02:00" }, "2026-03-29T10:00:00.000Z"],
  [{ at: "2026-03-29T12:00", timezone: "Asia/Kolkata" }, "2026-03-29T06:30:00.000Z"],
  // Late by so little that it still runs, at once.
  [{ at: "2026-03-28T12:00:00Z" }, "2026-03-28T12:00:00.000Z"],
  [{ cron: "@daily" }, "2026-03-29T00:00:00.000Z"],
  [{ cron: "0 0 29 2 *" }, "2028-02-29T00:00:00.000Z"],
])("%j runs next at %s", async (timing, next) => {
  expect((await create(timing)).next_run_at).toBe(next);
});

const EXAMPLE = "must be a cron expression such as 30 9 * * MON-FRI";
test.each<[unknown, Record<string, string>]>([
  [{ task }, { "": "must have one of at, every and cron" }],
  [{ at: "2026-03-28T11:58:59Z", task }, { at: "must not be more than 60 seconds past" }],
  [{ cron: "61 * * * *", task }, { cron: `${EXAMPLE}: Invalid value for minute: 61` }],
  [
    { cron: "61 * * * *", timezone: "Nowhere", missed: 1, task: { priority: "low" } },
    {
      cron: `${EXAMPLE}: Invalid value for minute: 61`,
      timezone: "must be an IANA time zone such as Europe/Berlin",
      missed: "must be skip or catch_up",
      "task.owner": "must be a text of 1 to 200 characters",
      "task.priority": "must be Low, Moderate, Major or Critical",
    },
  ],
  [{ cron: "0 0 30 2 *", task }, { cron: "must name a time that comes: this one never does" }],
  [
    { cron: "0 0 1 1 *", ends_at: "2026-12-31T00:00:00Z", task },
    { ends_at: "must be after the first run, which would be at 2027-01-01T00:00:00.000Z" },
  ],
  [
    {
      every: 5,
      task: { ...task, description: "x".repeat(9_000), args: { a: "x".repeat(60_000) } },
    },
    { task: "must not have more than 65536 characters as JSON" },
  ],
])("refuses %j and names every bad field", async (body, errors) => {
  expect(await errorsOf(body)).toEqual(errors);
});

test("a task that no worker can run is refused with its fields", async () => {
  const named = { every: 5, task: { owner: "a", priority: "Low", handler: "unknown" } };
  const early = await call<ErrorBody>("POST", "", named);
  expect([early.status, early.body.code]).toEqual([503, "no_worker"]);
  await storeBehind.announce({ known: {} });
  const refused = await until(async () => {
    const answer = await call<ErrorBody>("POST", "", named);
    return answer.status === 400 && answer.body;
  });
  expect(refused.errors).toEqual([
    { path: "task.handler", message: "must be a handler that a worker has: known" },
  ]);
  await create({ every: 5, task: { ...named.task, handler: "known" } });
});

test("what is no JSON, or sent as something else, is refused as elsewhere", async () => {
  for (const [body, headers, status, code] of [
    ["{", {}, 400, "invalid_json"],
    [undefined, {}, 400, "invalid_json"],
    ["[]", {}, 400, "invalid_request"],
    [
      JSON.stringify({ every: 5, task }),
      { "content-type": "text/plain" },
      415,
      "unsupported_media_type",
    ],
    [`{"task":${"[".repeat(200)}${"]".repeat(200)}}`, {}, 400, "invalid_request"],
    [JSON.stringify({ every: 5, task }), { "idempotency-key": "ä" }, 400, "invalid_request"],
  ] as const) {
    const answer = await call<ErrorBody>("POST", "", body, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  }
});

test("the task keeps all digits of its numbers, and fields with odd names", async () => {
  const body = `{"every":60.0000000000000001,"task":{"owner":"a","priority":"Low","args":{"n":12345678901234567890,"__proto__":1}}}`;
  const { scheduleid } = (await call<ScheduleView>("POST", "", body)).body;
  const text = await (await fetch(`${consumer.origin}/api/schedules/${scheduleid}`)).text();
  expect(text).toContain('"args":{"n":12345678901234567890,"__proto__":1}');
  expect(text).toContain('"every":60,');
});

test("asking again with the same key makes no second schedule", async () => {
  const key = { "idempotency-key": "once" };
  const first = await call<ScheduleView>("POST", "", { every: 60, task }, key);
  const again = await call<ScheduleView>("POST", "", { every: 60, task }, key);
  expect(again).toMatchObject({ status: 201, body: first.body });
});

test("schedules are listed newest first, page by page, by state", async () => {
  const made: string[] = [];
  for (let i = 0; i < 3; i += 1) made.push((await create({ every: 100 + i })).scheduleid);
  const [paused = ""] = made;
  await call("POST", `/${paused}/pause`);
  const all: string[] = [];
  for (let query = "?limit=2"; ; ) {
    const { body } = await call<SchedulePage>("GET", query);
    all.push(...body.schedules.map(({ scheduleid }) => scheduleid));
    if (body.before === null) break;
    query = `?limit=2&before=${body.before}`;
  }
  expect(new Set(all).size).toBe(all.length);
  expect(made.every((id) => all.includes(id))).toBe(true);
  const only = await call<SchedulePage>("GET", "?state=paused");
  expect(only.body.schedules.map(({ scheduleid }) => scheduleid)).toEqual([paused]);
  for (const query of ["?limit=0", "?limit=101", "?state=on", "?before=x", "?before=1-x"]) {
    expect((await call<ErrorBody>("GET", query)).body.code).toBe("invalid_request");
  }
});

test("pause and resume can be asked for again and again; a deleted schedule is gone", async () => {
  const { scheduleid } = await create({ every: 60 });
  for (const [command, state, next] of [
    ["pause", "paused", null],
    ["pause", "paused", null],
    ["resume", "active", "2026-03-28T12:01:00.250Z"],
    ["resume", "active", "2026-03-28T12:01:00.250Z"],
  ] as const) {
    const answer = await call<ScheduleView>("POST", `/${scheduleid}/${command}`);
    expect(answer).toMatchObject({ status: 200, body: { state, next_run_at: next } });
  }
  expect(await call("DELETE", `/${scheduleid}`)).toMatchObject({ status: 204, body: null });
  for (const [method, path] of [
    ["GET", ""],
    ["DELETE", ""],
    ["POST", "/pause"],
    ["POST", "/resume"],
    ["POST", "/run"],
  ] as const) {
    for (const id of [scheduleid, "none", "%00"]) {
      const answer = await call<ErrorBody>(method, `/${id}${path}`);
      expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    }
  }
});

test("a moment that has passed while its schedule was paused ends it, and it can't be paused then", async () => {
  const { scheduleid } = await create({ at: "2026-03-28T12:00:00Z" });
  await call("POST", `/${scheduleid}/pause`);
  const resumed = await call<ScheduleView>("POST", `/${scheduleid}/resume`);
  expect(resumed.body).toMatchObject({ state: "done", next_run_at: null, runs: 0 });
  for (const command of ["pause", "resume"]) {
    const answer = await call<ErrorBody>("POST", `/${scheduleid}/${command}`);
    expect([answer.status, answer.body.code]).toEqual([409, "schedule_done"]);
  }
});

test("run makes a task at once, of which the schedule tells, once for each key", async () => {
  const { scheduleid } = await create({ every: 60 });
  const run = (headers = {}) =>
    call<{ taskid: string }>("POST", `/${scheduleid}/run`, undefined, headers);
  const first = await run({ "idempotency-key": "k" });
  expect(first.status).toBe(202);
  expect((await run({ "idempotency-key": "k" })).body).toEqual(first.body);
  const other = await run();
  expect(other.body.taskid).not.toBe(first.body.taskid);

  const view = (await call<ScheduleView>("GET", `/${scheduleid}`)).body;
  expect(view).toMatchObject({ runs: 2, next_run_at: "2026-03-28T12:01:00.250Z" });
  expect(view.recent.map(({ taskid, why }) => [taskid, why])).toEqual([
    [other.body.taskid, "manual"],
    [first.body.taskid, "manual"],
  ]);
  const found = await fetch(`${consumer.origin}/api/tasks/${first.body.taskid}`);
  const detail = (await found.json()) as TaskDetail;
  expect(detail.task).toMatchObject({
    ...task,
    ...{ batchid: `schedule-${scheduleid}`, scheduleid, raised_date: "2026-03-28T12:00:00.250Z" },
  });
  expect(detail.id).toMatch(/^manual-[0-9a-f-]{36}$/);
});

test("other methods are refused with those that there are", async () => {
  for (const [method, path, allow] of [
    ["PUT", "", "GET, POST, HEAD"],
    ["POST", "/x", "GET, DELETE, HEAD"],
    ["GET", "/x/run", "POST"],
    ["DELETE", "/x/pause", "POST"],
    ["GET", "/x/resume", "POST"],
  ] as const) {
    const answer = await call<ErrorBody>(method, path);
    expect([answer.status, answer.body.code]).toEqual([405, "method_not_allowed"]);
    expect(answer.headers.get("allow")).toBe(allow);
  }
});

test("who may not look may not schedule either, and no page of another site may", async () => {
  await using guarded = await runConsumer(consumer.redis.url, { ADMIN_TOKEN: "a".repeat(32) });
  const at = guarded.origin;
  expect((await call<ErrorBody>("GET", "", undefined, {}, at)).status).toBe(401);
  expect((await call<ErrorBody>("POST", "", { every: 60, task }, {}, at)).status).toBe(401);
  const token = { authorization: `Bearer ${"a".repeat(32)}` };
  expect((await call("POST", "", { every: 60, task }, token, at)).status).toBe(201);
  const foreign = { origin: "http://evil.example" };
  const answer = await call<ErrorBody>("POST", "", { every: 60, task }, foreign);
  expect([answer.status, answer.body.code]).toEqual([403, "cross_site"]);
});

test("without Redis every call says so within two seconds", async () => {
  await using redis = await startRedis();
  await using alone = await runConsumer(redis.url);
  const made = await call<ScheduleView>("POST", "", { every: 60, task }, {}, alone.origin);
  const { scheduleid } = made.body;
  await redis.kill("SIGSTOP");
  const since = performance.now();
  const answers = await Promise.all(
    (
      [
        ["GET", ""],
        ["POST", ""],
        ["GET", `/${scheduleid}`],
        ["DELETE", `/${scheduleid}`],
        ["POST", `/${scheduleid}/pause`],
        ["POST", `/${scheduleid}/resume`],
        ["POST", `/${scheduleid}/run`],
      ] as const
    ).map(([method, path]) =>
      call<ErrorBody>(
        ...([
          method,
          path,
          method === "POST" && path === "" ? { every: 60, task } : undefined,
        ] as const),
        ...([{}, alone.origin] as const),
      ),
    ),
  );
  expect(performance.now() - since).toBeLessThan(2_000);
  for (const { status, body, headers } of answers) {
    expect([status, body.code]).toEqual([503, "store_unavailable"]);
    expect(headers.get("retry-after")).toBe("1");
  }
  await redis.kill("SIGCONT");
});
