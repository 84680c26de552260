import type { CapturedRequest } from "@taskpulse/test-kit";
import { verifyWebhook } from "@taskpulse/webhook";
import { expect, test } from "vitest";
import { RequestFailed, TaskRefused, Unreachable } from "./errors.ts";
import { clientOf, errorAnswer } from "./fixtures/client-of.ts";
import { SECRET, webhookSecret } from "./fixtures/secret.ts";
import type { TaskInput } from "./task-input.ts";

const task = (id: number): TaskInput => ({ batchid: "b", id, owner: "Ann", priority: "Major" });
const many = (count: number) => Array.from({ length: count }, (_, id) => task(id));

/** As Taskpulse answers when every task is new. */
function stored({ body }: CapturedRequest) {
  const sent: unknown = JSON.parse(body);
  const all = (Array.isArray(sent) ? sent : [sent]) as TaskInput[];
  const taskids = all.map(({ id }) => `taskid-${id}`);
  const retval = { accepted: all.length, duplicates: 0, conflicts: 0, taskids };
  return { body: { status: "success", retval } };
}

test("one task goes as an object, several as an array, signed and with the token", async () => {
  await using it = await clientOf({ secret: SECRET, token: "a-token" });
  it.taskpulse.answer(stored);
  const { client, taskpulse } = it;
  expect(await client.sendTask(task(1))).toEqual({
    ...{ accepted: 1, duplicates: 0, conflicts: 0, taskids: ["taskid-1"] },
  });
  expect(await client.sendTasks(many(2))).toMatchObject({ taskids: ["taskid-0", "taskid-1"] });
  expect(taskpulse.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    task(1),
    many(2),
  ]);
  for (const { method, path, headers, body } of taskpulse.requests) {
    expect([method, path, headers["content-type"]]).toEqual([
      ...["POST", "/consumetasks", "application/json"],
    ]);
    expect(headers.authorization).toBe("Bearer a-token");
    const secrets = [webhookSecret()];
    const verify = { headers, body: Buffer.from(body), secrets, nowMs: Date.now() };
    expect(verifyWebhook({ ...verify, toleranceSeconds: 5 }).kind).toBe("verified");
  }
});

test("without a secret it goes unsigned", async () => {
  await using it = await clientOf();
  it.taskpulse.answer(stored);
  await it.client.sendTask(task(1));
  expect(it.taskpulse.requests[0]?.headers).not.toHaveProperty("webhook-signature");
});

test("what fails for the moment is sent again under the same webhook-id, signed anew", async () => {
  await using it = await clientOf({ secret: SECRET });
  const answers = [
    errorAnswer(503, "store_unavailable"),
    "reset",
    errorAnswer(429, "rate_limited"),
  ];
  it.taskpulse.answer((request) => {
    const answer = answers[it.taskpulse.requests.length - 1];
    if (answer === undefined) return stored(request);
    return answer as never;
  });
  expect(await it.client.sendTask(task(1))).toMatchObject({ accepted: 1 });
  const { requests } = it.taskpulse;
  expect(requests).toHaveLength(4);
  expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  const times = new Set(requests.map(({ headers }) => headers["webhook-timestamp"]));
  expect(times.size).toBeGreaterThan(1);
});

test("Retry-After is waited for", async () => {
  await using it = await clientOf();
  it.taskpulse.answer((request) =>
    it.taskpulse.requests.length > 1
      ? stored(request)
      : { ...errorAnswer(503, "overloaded"), headers: { "retry-after": "2" } },
  );
  await it.client.sendTask(task(1));
  const [first, second] = it.taskpulse.requests;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_990);
});

test("a Retry-After beyond the time there is ends it at once", async () => {
  await using it = await clientOf();
  it.taskpulse.answer({ ...errorAnswer(503, "store_full"), headers: { "retry-after": "60" } });
  const sent = it.client.sendTask(task(1), { timeoutMs: 5_000 });
  await expect(sent).rejects.toThrow("what was sent was refused: It is store_full.");
  await expect(sent).rejects.toMatchObject({
    name: "RequestFailed",
    status: 503,
    code: "store_full",
  });
  expect(it.taskpulse.requests).toHaveLength(1);
});

test("nobody there: it says so after the time that was given", async () => {
  await using it = await clientOf();
  const { url } = it.taskpulse;
  await it.taskpulse[Symbol.asyncDispose]();
  const sent = it.client.sendTasks([task(1)], { timeoutMs: 700 });
  await expect(sent).rejects.toBeInstanceOf(Unreachable);
  await expect(sent).rejects.toThrow(`Taskpulse at ${url} refuses connections`);
});

test("one that hangs is given up, and so is all when its signal says so", async () => {
  await using it = await clientOf();
  it.taskpulse.answer("hang");
  const hangs = it.client.sendTask(task(1), { timeoutMs: 300 });
  await expect(hangs).rejects.toThrow(/has not answered within \d+ ms/);
  const stop = new AbortController();
  const stopped = it.client.sendTask(task(1), { signal: stop.signal });
  await it.taskpulse.received(2);
  stop.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
  await expect(it.client.sendTask(task(1), { signal: stop.signal })).rejects.toThrow("enough");
  expect(it.taskpulse.requests).toHaveLength(2);
});

test("a refusal names every bad field", async () => {
  await using it = await clientOf();
  const errors = [
    { path: "priority", message: "must be Low, Moderate, Major or Critical" },
    { path: "owner", message: "must be a text of 1 to 200 characters" },
  ];
  it.taskpulse.answer(errorAnswer(400, "invalid_task", errors));
  const refused = it.client.sendTask({ ...task(1), owner: "" });
  await expect(refused).rejects.toBeInstanceOf(TaskRefused);
  await expect(refused).rejects.toMatchObject({ status: 400, code: "invalid_task", errors });
  await expect(refused).rejects.toThrow(
    "priority must be Low, Moderate, Major or Critical; owner must be a text of 1 to 200 characters",
  );
  expect(it.taskpulse.requests).toHaveLength(1);
});

test("of many requests the first refusal ends it: places are those of the whole array", async () => {
  await using it = await clientOf();
  const errors = [
    { path: "7.priority", message: "must be" },
    { path: "", message: "all" },
  ];
  it.taskpulse.answer((request) =>
    it.taskpulse.requests.length === 2 ? errorAnswer(400, "invalid_task", errors) : stored(request),
  );
  const refused = it.client.sendTasks(many(2_500));
  await expect(refused).rejects.toMatchObject({
    errors: [
      { path: "1007.priority", message: "must be" },
      { path: "", message: "all" },
    ],
    sent: { accepted: 1_000, taskids: { length: 1_000 } },
  });
  expect(it.taskpulse.requests).toHaveLength(2);
});

test("2,500 tasks are three requests and one result; none is nothing to do", async () => {
  await using it = await clientOf();
  it.taskpulse.answer(stored);
  const result = await it.client.sendTasks(many(2_500));
  expect(result).toMatchObject({ accepted: 2_500, duplicates: 0, conflicts: 0 });
  expect(result.taskids).toEqual(many(2_500).map(({ id }) => `taskid-${id}`));
  expect(it.taskpulse.requests).toHaveLength(3);
  expect(await it.client.sendTasks([])).toMatchObject({ accepted: 0, taskids: [] });
  expect(it.taskpulse.requests).toHaveLength(3);
});

test.each([
  [{ status: 302, headers: { location: "/login" } }, "HTTP 302, a redirect, which is not followed"],
  [{ status: 200, body: "<html>" }, "answered with HTTP 200, and not as Taskpulse does"],
  [{ status: 404, body: "no" }, "answered with HTTP 404, and not as Taskpulse does"],
  [errorAnswer(401, "signature_required"), "was refused: It is signature_required."],
])("another answer is a RequestFailed: %j", async (answer, message) => {
  await using it = await clientOf();
  it.taskpulse.answer(answer);
  const failed = it.client.sendTask(task(1));
  await expect(failed).rejects.toBeInstanceOf(RequestFailed);
  await expect(failed).rejects.toThrow(message);
});

test("what is no task is a TypeError, before anything is sent", async () => {
  await using it = await clientOf();
  const { sendTask, sendTasks } = it.client;
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const wrong: [unknown, unknown, string][] = [
    [sendTask, "x", "the task must be an object, not a text"],
    [sendTask, [task(1)], "the task must be an object, not an array"],
    [sendTask, { big: 1n }, "the task can't be written as JSON: "],
    [sendTask, { note: "x".repeat(1_048_576) }, "the task takes 1048587 bytes as JSON"],
    [sendTasks, task(1), "sendTasks takes an array of tasks, not an object"],
    [sendTasks, [task(1), null], "the task at [1] must be an object, not null"],
    [sendTasks, [task(1), cycle], "the task at [1] can't be written as JSON: "],
  ];
  for (const [send, what, message] of wrong) {
    const sent = (send as (what: unknown) => Promise<unknown>)(what);
    await expect(sent).rejects.toBeInstanceOf(TypeError);
    await expect(sent).rejects.toThrow(message);
  }
  await expect(sendTask(task(1), { timeoutMs: -1 })).rejects.toThrow("`timeoutMs` must be");
  await expect(sendTask(task(1), { signal: {} as never })).rejects.toThrow("`signal` must be");
  await expect(sendTask(task(1), { retries: 1 } as never)).rejects.toThrow(
    "does not take `retries`",
  );
  expect(it.taskpulse.requests).toHaveLength(0);
});
