/** The package for programs against the consumer itself; how tasks end is tested where a worker runs them. */
import { createClient, TaskNotFound, TaskRefused } from "@taskpulse/client";
import { expect, test } from "vitest";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { newTask } from "../fixtures/ingest-calls.ts";
import { TEST_SECRET } from "../fixtures/signing.ts";

const TOKEN = "a-token-of-at-least-sixteen-characters";
const consumer = consumerUnderTest({ ADMIN_TOKEN: TOKEN });

function clientOf(options: { secret?: string; token?: string } = {}) {
  return createClient({ url: consumer.origin, secret: TEST_SECRET, token: TOKEN, ...options });
}

const task = (fields: Record<string, unknown> = {}) =>
  newTask({ priority: "Major", ...fields }) as ReturnType<typeof newTask> & { priority: "Major" };

test("signed tasks are stored once", async () => {
  const client = clientOf();
  const [one, two] = [task(), task()];
  const first = await client.sendTask(one);
  expect(first).toMatchObject({ accepted: 1, duplicates: 0, conflicts: 0 });
  const again = await client.sendTasks([one, { ...one, owner: "Bob" }, two]);
  expect(again).toMatchObject({ accepted: 1, duplicates: 2, conflicts: 1 });
  expect(again.taskids[0]).toBe(first.taskids[0]);
  const details = await client.task(first.taskids[0] ?? "").details();
  expect(details).toMatchObject({ ...one, state: "received", runnable: false });
});

test("more than one request holds are taken in several", async () => {
  const client = clientOf();
  const note = "x".repeat(600);
  const result = await client.sendTasks(Array.from({ length: 2_500 }, () => task({ note })));
  expect(result).toMatchObject({ accepted: 2_500, duplicates: 0, conflicts: 0 });
  expect(new Set(result.taskids).size).toBe(2_500);
  const wide = Array.from({ length: 50_000 }, () => 1);
  const many = { values: wide.slice(0, 30_000) };
  expect(await client.sendTasks([task(many), task(many)])).toMatchObject({ accepted: 2 });
});

test("every bad field of a task is told", async () => {
  const bad = { ...task(), priority: "Urgent", owner: "", call: { url: "ftp://host" } };
  const sent = clientOf().sendTask(bad as never);
  await expect(sent).rejects.toBeInstanceOf(TaskRefused);
  await expect(sent).rejects.toMatchObject({
    status: 400,
    code: "invalid_task",
    errors: [{ path: "owner" }, { path: "priority" }, { path: "call.url" }],
  });
  await expect(sent).rejects.toThrow("priority must be Low, Moderate, Major or Critical; call.url");
  const many = Array.from({ length: 1_001 }, (_, index) => (index < 1_000 ? task() : bad));
  await expect(clientOf().sendTasks(many as never)).rejects.toMatchObject({
    errors: [{ path: "1000.owner" }, { path: "1000.priority" }, { path: "1000.call.url" }],
    sent: { accepted: 1_000 },
  });
});

test("a secret or a token that is not theirs", async () => {
  const other = `whsec_${Buffer.alloc(32, "other").toString("base64")}`;
  const unsigned = createClient({ url: consumer.origin }).sendTask(task());
  await expect(unsigned).rejects.toMatchObject({ code: "signature_required", status: 401 });
  const forged = clientOf({ secret: other }).sendTask(task());
  await expect(forged).rejects.toMatchObject({ code: "signature_invalid", status: 401 });
  const stranger = createClient({ url: consumer.origin }).httpTask("http://127.0.0.1/").getAsync();
  await expect(stranger).rejects.toMatchObject({ code: "login_required", status: 401 });
});

test("a task is started, looked at and cancelled", async () => {
  const client = clientOf();
  const http = client.httpTask("http://127.0.0.1:1/multiply", { priority: "Critical", retries: 1 });
  const handle = await http.getAsync({ x: 10, y: 10 }, { delay: 3_600 });
  expect(await handle.status()).toBe("waiting");
  expect(await handle.details()).toMatchObject({
    ...{ state: "waiting", runnable: true, owner: "client", priority: "Critical", attempts: [] },
    task: { call: { method: "GET", args: { x: 10, y: 10 } }, max_retries: 1, delay: 3_600 },
  });
  const after = await http.postAsync({}, { after: handle });
  expect(await after.details()).toMatchObject({ state: "waiting", waits_for: 1 });
  expect(await handle.cancel()).toBe(true);
  expect(await handle.cancel()).toBe(true);
  expect(await handle.status()).toBe("cancelled");
  // It waited for one that was cancelled, and so has failed.
  expect(await after.cancel()).toBe(false);
  const nowhere = client.task(`t${"0".repeat(25)}`);
  await expect(nowhere.status()).rejects.toBeInstanceOf(TaskNotFound);
  await expect(nowhere.cancel()).rejects.toBeInstanceOf(TaskNotFound);
});

test("the same key is the same task, and no other", async () => {
  const http = clientOf().httpTask("http://127.0.0.1:1/");
  const start = (x: number) => http.getAsync({ x }, { idempotencyKey: "order-42", delay: 60 });
  const [first, second] = await Promise.all([start(1), start(1)]);
  expect(second.taskid).toBe(first.taskid);
  await expect(start(2)).rejects.toBeInstanceOf(TaskRefused);
  await expect(start(2)).rejects.toMatchObject({ status: 422, code: "idempotency_key_reused" });
});

test("what can't be run is refused with its fields", async () => {
  const http = clientOf().httpTask("http://127.0.0.1:1/", { retries: 11 });
  const refused = http.postAsync({}, { timeout: 500, owner: "" });
  await expect(refused).rejects.toMatchObject({
    errors: [{ path: "owner" }, { path: "call.timeout" }, { path: "max_retries" }],
  });
});
