import type { HandlerList, Task } from "@taskpulse/contract";
import { createLogger } from "@taskpulse/runtime";
import { createKeys } from "@taskpulse/store";
import { capturedLog, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { z } from "zod";
import { apiOf } from "../fixtures/api-calls.ts";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { newTask, readJson, replyOf } from "../fixtures/ingest-calls.ts";
import { storeOf } from "../fixtures/store-of.ts";
import { TaskCheck } from "./task-check.ts";
import { WorkerCatalogue } from "./worker-catalogue.ts";

const log = capturedLog();
const consumer = consumerUnderTest({}, { log: createLogger("consumer", "info", log.stream) });
const store = storeOf(consumer);
const api = apiOf(consumer);

const number = z.union([z.number(), z.string().regex(/^\d+$/)]).meta({ rule: "must be a number" });
const args = z.toJSONSchema(z.object({ x: number, to: z.url().optional() }), { io: "input" });
const add = { description: "Adds.", args, max_retries: 1, retry_intervals: [5] };

const send = async (body: unknown) => replyOf(await consumer.send(body));
const named = (fields: object = {}) => newTask({ handler: "add", args: { x: 1 }, ...fields });
const webhook = (name?: string) => ({ url: "http://127.0.0.1:9/", name });

test("before any worker has said what it can do, nobody is refused for good", async () => {
  const early = await consumer.send(named());
  expect(early.headers.get("retry-after")).toBe("1");
  expect(await replyOf(early)).toMatchObject({ status: 503, code: "no_worker" });
  expect((await api.post("/api/tasks", { ...named(), handler: "other" })).status).toBe(503);
  expect(await send(newTask())).toMatchObject({ status: 200 });
  expect(await send(named({ handler: undefined, webhook: webhook() }))).toMatchObject({
    status: 200,
  });

  await store.announce({ add });
  await until(async () => (await consumer.send(named())).status === 200, {
    what: "the handler to be known",
  });
});

test("a handler that no worker has is refused, and the others are named", async () => {
  const reply = await send(named({ handler: "sub" }));
  expect(reply).toMatchObject({
    status: 400,
    code: "invalid_task",
    reason: "The body is not a task: handler: must be a handler that a worker has: add.",
    errors: [{ path: "handler", message: "must be a handler that a worker has: add" }],
  });
  const hostile = await send(named({ handler: "__proto__" }));
  expect(hostile.errors?.map(({ path }) => path)).toEqual(["handler"]);
});

test.each<[unknown, [string, string][]]>([
  [undefined, [["args.x", "must be a number"]]],
  [{}, [["args.x", "must be a number"]]],
  [{ x: "" }, [["args.x", "must be a number"]]],
  [
    { x: null, to: "there" },
    [
      ["args.x", "must be a number"],
      ["args.to", "must be an address such as https://example.com/"],
    ],
  ],
])("args that the handler does not take, %j, are named one by one", async (args, expected) => {
  const errors = expected.map(([path, message]) => ({ path, message }));
  expect(await send(named({ args }))).toMatchObject({ status: 400, errors });
  const others = await api.post("/api/tasks", { ...named(), args });
  expect(others.body).toMatchObject({ code: "invalid_task", errors });
  expect(await send([newTask(), named({ args })])).toMatchObject({
    status: 400,
    errors: errors.map(({ path, message }) => ({ path: `1.${path}`, message })),
  });
});

test("what fits is stored as it was sent, with every digit and what the handler does not know", async () => {
  const task = { ...named(), args: { x: "7", more: [1] } };
  const { taskids } = (await send(task)).retval ?? {};
  const stored = await readJson<{ task: Task }>(consumer.origin, `/api/tasks/${taskids?.[0]}`);
  expect(stored.task.args).toEqual({ x: "7", more: [1] });
  const digits = JSON.stringify(named()).replace('"x":1', '"x":9007199254740993');
  const big = await replyOf(await consumer.send(null, { body: digits }));
  const text = await (await fetch(`${consumer.origin}/api/tasks/${big.retval?.taskids[0]}`)).text();
  expect(text).toContain('"x":9007199254740993');
});

test("a caller that no worker has is refused; basic always is there", async () => {
  expect(await send(newTask({ webhook: webhook("fax") }))).toMatchObject({
    status: 400,
    errors: [{ path: "webhook.name", message: "must be a caller that a worker has: basic" }],
  });
  expect(await send(newTask({ webhook: webhook("basic") }))).toMatchObject({ status: 200 });
  await store.announce({ add }, ["fax"]);
  await until(async () => (await send(newTask({ webhook: webhook("fax") }))).status === 200, {
    what: "the caller to be known",
  });
});

test("the list has what workers say, also of a handler that can't be checked here", async () => {
  await store.announce({ strange: { args: { $ref: "https://example.com/schema" }, later: 1 } });
  const list = () => readJson<HandlerList>(consumer.origin, "/api/handlers");
  const { handlers } = await until(async () => {
    const known = await list();
    return known.handlers.length === 2 && known;
  });
  expect(handlers).toEqual([
    { name: "add", ...add },
    { name: "strange", description: "", args: { $ref: "https://example.com/schema" } },
  ]);
  expect(await send(named({ handler: "strange", args: { any: "thing" } }))).toMatchObject({
    status: 200,
  });
  await until(() => log.text().includes('"handler":"strange"'));
  expect(log.text().match(/is not checked/g)).toHaveLength(1);
});

test("with Redis frozen nobody is refused for good, and everybody is told within 2 s", async () => {
  const redis = new Redis(consumer.redis.url);
  await until(() => redis.status === "ready");
  await consumer.redis.kill("SIGSTOP");
  try {
    // What was read a moment ago counts.
    const unknown = () => send(named({ handler: "sub" }));
    const refused = await until(async () => {
      const reply = await unknown();
      return reply.status !== 400 && reply;
    });
    expect(refused).toMatchObject({ status: 503, code: "store_unavailable" });
    const began = performance.now();
    expect(await send(named())).toMatchObject({ status: 503, code: "store_unavailable" });
    expect(performance.now() - began).toBeLessThan(2_000);
    expect((await fetch(`${consumer.origin}/api/handlers`)).status).toBe(200);

    const quiet = createLogger("x", "silent");
    const catalogue = new WorkerCatalogue({ redis, keys: createKeys(), log: quiet });
    const check = new TaskCheck(catalogue);
    // Nobody waits for what names nothing, and not everybody may wait.
    const nothing = [{}, { args: {} }, { webhook: { url: "http://a/" } }];
    expect(check.look(nothing, () => [])).toBeNull();
    const looks = Array.from({ length: 65 }, () => check.look([{ handler: "add" }], () => []));
    const kinds = (await Promise.all(looks)).map((problems) => problems?.kind);
    expect(kinds.slice(0, 64)).toEqual(Array(64).fill("unavailable"));
    expect(kinds[64]).toBe("overloaded");
  } finally {
    await consumer.redis.kill("SIGCONT");
    redis.disconnect();
  }
});
