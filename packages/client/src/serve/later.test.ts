import { captureServer, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { SECRET, webhookSecret } from "../fixtures/secret.ts";
import { callAsWorker, servingNode } from "../fixtures/serving.ts";
import { type LaterFunction, type LaterOptions, later, type Report } from "./later.ts";
import { reportOutcome } from "./report.ts";

const TASKID = `t${"0".repeat(25)}`;

/** A remote of two parts: the endpoint, and a stand-in for Taskpulse's `/webhook`. */
async function remote(fn: LaterFunction<{ x: number }>, options: LaterOptions = {}) {
  const taskpulse = await captureServer();
  taskpulse.answer({ body: { status: "success" } });
  const task = later(fn, { ...options, args: undefined });
  const server = await servingNode(task.node);
  return {
    taskpulse,
    task,
    call: (headers: Record<string, string> = {}, method: "POST" | "HEAD" = "POST") =>
      callAsWorker({
        ...{ url: server.url, method, args: { x: 10 } },
        sign: { id: "msg_1", secret: webhookSecret() },
        headers: {
          "taskpulse-task-id": TASKID,
          "taskpulse-report-url": `${taskpulse.url}/webhook?token=abc`,
          ...headers,
        },
      }),
    /** What was reported, once nothing more is to come. */
    async reports() {
      await task.idle();
      return taskpulse.requests.map(({ method, path, body }) => {
        expect([method, path]).toEqual(["POST", "/webhook?token=abc"]);
        return JSON.parse(body) as unknown;
      });
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await taskpulse[Symbol.asyncDispose]();
    },
  };
}

const completed = (retval: unknown) => ({ event: "task_completed", task_id: TASKID, retval });
const failed = (reason: string) => ({ event: "task_failed", task_id: TASKID, reason });

test("answers 202 at once, and reports what the function returns when it ends", async () => {
  const gate = Promise.withResolvers<void>();
  await using it = await remote(async ({ x }) => {
    await gate.promise;
    return x * 2;
  });
  expect(await it.call()).toEqual({ kind: "accepted", status: 202 });
  expect(it.taskpulse.requests).toHaveLength(0);
  gate.resolve();
  expect(await it.reports()).toEqual([completed(20)]);
});

test.each<[string, LaterFunction<{ x: number }>, object]>([
  ["nothing", () => undefined, completed(null)],
  ["an error", () => Promise.reject(new Error("no disk")), failed("no disk")],
  ["completed", async (_, report) => report.completed([1]), completed([1])],
  ["failed", async (_, report) => report.failed("not today"), failed("not today")],
])("reports once: %s", async (_what, fn, report) => {
  await using it = await remote(fn);
  expect(await it.call()).toMatchObject({ kind: "accepted" });
  expect(await it.reports()).toEqual([report]);
});

test("what was reported stays, and an error after it is only told to onError", async () => {
  const errors: string[] = [];
  await using it = await remote(
    async (_, report) => {
      await report.completed(1);
      await report.failed("after all not");
    },
    { onError: (error) => errors.push(String(error)) },
  );
  await it.call();
  expect(await it.reports()).toEqual([completed(1)]);
  expect(errors).toEqual([expect.stringContaining("was given, or handed off, before")]);
});

test("the answer goes out before the work begins, which may block the process", async () => {
  const events: string[] = [];
  const task = later((_args, report) => {
    events.push("working");
    report.handOff();
  });
  await using server = await servingNode((request, response) => {
    response.once("finish", () => events.push("answered"));
    void task.node(request, response);
  });
  const headers = { "taskpulse-task-id": TASKID, "taskpulse-report-url": "http://127.0.0.1:1/" };
  await callAsWorker({ url: server.url, headers });
  await task.idle();
  expect(events).toEqual(["answered", "working"]);
});

test("a report that is handed off is made by whoever has the ticket", async () => {
  let ticket: Report["ticket"] | undefined;
  await using it = await remote((_, report) => {
    ticket = report.handOff();
  });
  await it.call();
  expect(await it.reports()).toEqual([]);
  const elsewhere: unknown = JSON.parse(JSON.stringify(ticket));
  expect(await reportOutcome(elsewhere as Report["ticket"], { retval: 5 })).toBe(true);
  it.taskpulse.answer({ body: { status: "success", retval: { task_id: TASKID, changed: false } } });
  expect(await reportOutcome(elsewhere as Report["ticket"], { retval: 6 })).toBe(false);
  expect(await it.reports()).toEqual([completed(5), completed(6)]);
});

test("a report is repeated while Taskpulse is away, and a refused one goes to onError", async () => {
  const errors: string[] = [];
  await using it = await remote(() => 1, { onError: (error) => errors.push(String(error)) });
  const answers = [
    "reset",
    { status: 503, headers: { "retry-after": "0" } },
    { status: 200 },
  ] as const;
  it.taskpulse.answer(() => answers[it.taskpulse.requests.length - 1] ?? { status: 200 });
  await it.call();
  expect(await it.reports()).toEqual([completed(1), completed(1), completed(1)]);
  const body = { status: "failure", reason: "The deadline is over.", code: "not_found" };
  it.taskpulse.answer({ status: 404, body });
  await it.call();
  await it.task.idle();
  expect(errors).toEqual(["TaskNotFound: The deadline is over."]);
  expect(errors.join()).not.toContain("abc");
});

test("without a place to report to, or at a wrong one, the call is refused", async () => {
  let worked = 0;
  await using it = await remote(() => ++worked, { reportTo: ["https://tasks.example.org"] });
  const refused = (status: number) => ({ kind: "failed", error: { type: "HttpError", status } });
  expect(await it.call()).toMatchObject(refused(400));
  expect(await it.call({ "taskpulse-report-url": "file:///etc/passwd" })).toMatchObject(
    refused(400),
  );
  expect(await it.call({ "taskpulse-task-id": "" })).toMatchObject(refused(400));
  expect(await it.call({}, "HEAD")).toMatchObject(refused(405));
  await it.task.idle();
  expect(worked).toBe(0);
});

test("signed calls only, and to the origin that is named", async () => {
  await using taskpulse = await captureServer();
  await using it = await remote(() => 7, { secret: SECRET, reportTo: [taskpulse.url] });
  const url = `${taskpulse.url}/webhook?token=abc`;
  expect(await it.call({ "taskpulse-report-url": url })).toMatchObject({ kind: "accepted" });
  const [report] = await taskpulse.received(1);
  expect(JSON.parse(report?.body ?? "")).toEqual(completed(7));
});

test("more than may be worked on at once is put off", async () => {
  const gate = Promise.withResolvers<void>();
  await using it = await remote(() => gate.promise, { maxRunning: 1 });
  expect(await it.call()).toMatchObject({ kind: "accepted" });
  expect(await it.call()).toMatchObject({
    kind: "failed",
    error: { status: 503 },
    retryable: true,
  });
  gate.resolve();
  await it.task.idle();
  expect(await it.call()).toMatchObject({ kind: "accepted" });
});

test("the work is given to whoever keeps the process alive", async () => {
  const works: Promise<void>[] = [];
  await using it = await remote(() => 1, { waitUntil: (work) => works.push(work) });
  await it.call();
  await Promise.all(works);
  expect(it.taskpulse.requests).toHaveLength(1);
  await until(() => works.length === 1);
});

test.each([
  [{ reportTo: "x" }, "`reportTo` must be an array of origins, not a text"],
  [{ reportTo: ["tasks"] }, "`reportTo` must hold origins"],
  [{ maxRunning: 0 }, "`maxRunning` must be"],
  [{ methods: ["HEAD"] }, "`methods` must not hold HEAD"],
  [{ fetch: 1 }, "`fetch` must be a function"],
  [{ reportTimeoutMs: -1 }, "must be a number of milliseconds"],
  [{ retry: 1 }, "later does not take `retry`"],
])("options %j are refused", (options, message) => {
  expect(() => later(() => 1, options as never)).toThrow(message);
});

test.each([
  [{ url: "x", taskid: TASKID }, { retval: 1 }, "the `url` of a ticket"],
  [{ url: "http://x", taskid: "" }, { retval: 1 }, "a ticket has a `taskid`"],
  [undefined, { retval: 1 }, "a ticket is an object, not nothing"],
  [{ url: "http://x", taskid: TASKID }, {}, "an outcome is {retval} or {reason}"],
  [{ url: "http://x", taskid: TASKID }, null, "an outcome is {retval} or {reason}, not null"],
])("a report of %j, %j is refused", async (ticket, outcome, message) => {
  await expect(reportOutcome(ticket as never, outcome as never)).rejects.toThrow(message);
});
