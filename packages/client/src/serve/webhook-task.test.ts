import { expect, test, vi } from "vitest";
import { z } from "zod";
import { OTHER_SECRET, SECRET, signed } from "../fixtures/secret.ts";
import type { ServeOptions } from "./serve-options.ts";
import { webhookTask } from "./webhook-task.ts";

const add = webhookTask(({ x, y }: { x: number; y: number }) => x + y);
const echo = (options: ServeOptions = {}) =>
  webhookTask((args: object) => args, { ...options, args: undefined });

async function ask(
  task: (request: Request) => Promise<Response>,
  path: string,
  init?: RequestInit,
) {
  const response = await task(new Request(`http://host/task${path}`, init));
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text), response };
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const success = (retval: unknown) => ({ status: 200, body: { status: "success", retval } });
const failure = (reason: unknown, status = 200) => ({
  status,
  body: { status: "failure", reason },
});

test.each([
  ["GET", "?x=10&y=10", undefined, undefined],
  ["POST", "", FORM, "x=10&y=10"],
  ["PUT", "?x=10&y=1", FORM, "y=10"],
  ["PATCH", "?x=1", JSON_TYPE, '{"x":10,"y":10}'],
  ["DELETE", "?x=10&y=10", undefined, undefined],
])("%s: 10 + 10 is 20", async (method, path, headers, body) => {
  const init = { method, ...(headers && { headers }), ...(body && { body }) };
  expect(await ask(add, path, init)).toMatchObject(success(20));
});

test("HEAD has no body: success is 200, failure is 500", async () => {
  const fail = webhookTask(() => Promise.reject(new Error("no")));
  expect(await ask(add, "?x=10&y=10", { method: "HEAD" })).toMatchObject({
    status: 200,
    body: null,
  });
  expect(await ask(fail, "", { method: "HEAD" })).toMatchObject({ status: 500, body: null });
});

test("what is thrown is a failure with its message, and is told to onError", async () => {
  const errors: unknown[] = [];
  const task = (error: unknown, words?: string) =>
    webhookTask(
      () => {
        throw error;
      },
      {
        onError: (thrown, { method }) => {
          errors.push([thrown, method]);
          return words;
        },
      },
    );
  const wrong = new RangeError("x is too large");
  expect(await ask(task(wrong), "")).toMatchObject(failure("x is too large"));
  expect(await ask(task(new TypeError()), "")).toMatchObject(failure("TypeError"));
  expect(await ask(task("just words"), "")).toMatchObject(failure("just words"));
  expect(await ask(task(wrong, "something broke"), "")).toMatchObject(failure("something broke"));
  expect(errors[0]).toEqual([wrong, "GET"]);
  expect(errors).toHaveLength(4);
});

test("an onError that breaks itself changes nothing", async () => {
  const boom = () => {
    throw new Error("the log is full");
  };
  for (const onError of [boom, async () => boom()]) {
    const task = webhookTask(() => Promise.reject(new Error("no")), { onError });
    expect(await ask(task, "")).toMatchObject(failure("no"));
  }
});

test("what JSON can't hold: undefined is null, a cycle and a BigInt are failures", async () => {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  expect(
    await ask(
      webhookTask(() => undefined),
      "",
    ),
  ).toMatchObject(success(null));
  expect(
    await ask(
      webhookTask(() => cycle),
      "",
    ),
  ).toMatchObject(failure(expect.stringMatching(/circular/)));
  expect(
    await ask(
      webhookTask(() => 1n),
      "",
    ),
  ).toMatchObject(failure(expect.stringMatching(/BigInt/)));
});

test("texts that look like values are values, others stay texts", async () => {
  const query =
    "?n=-1.5&e=1e%2B21&t=true&f=false&z=null&o=%7B%22k%22%3A%5B1%5D%7D&a=1&a=b&a=%5B2%5D&s=a+%C3%BC&pad=007&cut=1.50&big=12345678901234567890&open=%7Bx&plus=%2B1&empty=";
  expect(await ask(echo(), query)).toMatchObject(
    success({
      ...{ n: -1.5, e: 1e21, t: true, f: false, z: null, o: { k: [1] }, a: [1, "b", [2]] },
      ...{ s: "a ü", pad: "007", cut: "1.50", big: "12345678901234567890", open: "{x", plus: "+1" },
      empty: "",
    }),
  );
});

test("a schema gets the reading that it takes", async () => {
  const task = webhookTask((args) => args, {
    args: z.object({
      code: z.string(),
      count: z.number(),
      tags: z.array(z.string()),
      ids: z.array(z.number()),
      note: z.string().optional(),
    }),
  });
  const path = "?code=10&count=3&tags=7&ids=7";
  const retval = { code: "10", count: 3, tags: ["7"], ids: [7] };
  expect(await ask(task, path)).toMatchObject(success(retval));
  expect(await ask(task, `${path}&note=true&tags=x`)).toMatchObject(
    success({ ...retval, note: "true", tags: ["7", "x"] }),
  );
});

test("a schema refuses with every bad argument, as they were most likely meant", async () => {
  const task = webhookTask(() => 1, { args: z.object({ x: z.number(), y: z.number() }) });
  const { status, body } = await ask(task, "?x=ten");
  expect(status).toBe(200);
  expect(body.reason).toMatch(/^the arguments are not valid: x: .*number.*; y: .*number/);
  expect(body.reason).not.toContain("array");
});

test("JSON is taken at its word, also by a schema", async () => {
  const task = webhookTask(({ x }) => x, { args: z.object({ x: z.string() }) });
  const send = (body: string) => ask(task, "?x=1", { method: "POST", headers: JSON_TYPE, body });
  expect(await send('{"x":"10"}')).toMatchObject(success("10"));
  expect((await send('{"x":10}')).body.reason).toMatch(/^the arguments are not valid: x: /);
});

test("names that mean something to objects are only names", async () => {
  const query = "?__proto__=1&constructor=2&toString=3";
  const { body } = await ask(
    webhookTask((args) => Object.entries(args)),
    query,
  );
  expect(body.retval).toEqual([
    ["__proto__", 1],
    ["constructor", 2],
    ["toString", 3],
  ]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test.each([
  [400, JSON_TYPE, "{", /^the body is not JSON: /],
  [400, JSON_TYPE, "[1]", /object of arguments/],
  [400, FORM, new Uint8Array([0xff]), /UTF-8/],
  [415, { "content-type": "text/plain" }, "x=1", /form-urlencoded/],
  [413, FORM, `x=${"a".repeat(100)}`, /larger than 100 bytes/],
])("a body that can't be read is a %i", async (status, headers, body, reason) => {
  const answer = await ask(echo({ maxBodyBytes: 100 }), "", { method: "POST", headers, body });
  expect(answer).toMatchObject(failure(expect.stringMatching(reason), status));
});

test("other methods than wanted are 405", async () => {
  const { status, response } = await ask(echo({ methods: ["POST", "PUT"] }), "");
  expect(status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST, PUT");
});

test("with a secret, only what is signed with it and not long ago is let in", async () => {
  const task = vi.fn(() => 1);
  const serve = webhookTask(task, { secret: [SECRET], toleranceSeconds: 60 });
  const send = (headers: Record<string, string>, body = "x=1") =>
    ask(serve, "", { method: "POST", headers: { ...FORM, ...headers }, body });
  expect(await send(signed("x=1"))).toMatchObject(success(1));
  expect(task).toHaveBeenCalledOnce();
  const old = signed("x=1", { nowMs: Date.now() - 62_000 });
  for (const headers of [{}, signed("x=2"), signed("x=1", { secret: OTHER_SECRET }), old]) {
    const refused = failure(expect.stringMatching(/^the call: it/), 401);
    expect(await send(headers)).toMatchObject(refused);
  }
  expect(await send({ ...signed("x=1"), "webhook-timestamp": "now" })).toMatchObject({
    status: 401,
  });
  expect(task).toHaveBeenCalledOnce();
  // With GET the body is empty; the query is not covered.
  expect(await ask(serve, "?x=1", { headers: signed("") })).toMatchObject(success(1));
});

test("the function learns who calls", async () => {
  const task = webhookTask((_args, { taskid, webhookId, method, header }) => [
    ...[taskid, webhookId, method],
    header("X-Mine"),
    header("x-other"),
  ]);
  const headers = { "taskpulse-task-id": "t1", "webhook-id": "t1-0", "x-mine": "1" };
  expect(await ask(task, "", { headers })).toMatchObject(success(["t1", "t1-0", "GET", "1", null]));
  expect(await ask(task, "")).toMatchObject(success([null, null, "GET", null, null]));
});

test.each([
  [{ retries: 3 }, "webhookTask does not take `retries`"],
  [{ args: {} }, "`args` must be a Standard Schema"],
  [{ onError: "log" }, "`onError` must be a function"],
  [{ methods: ["OPTIONS"] }, "`methods` must be an array of GET, "],
  [{ secret: "whsec_short" }, "`secret`: a secret is whsec_"],
  [{ secret: 7 }, "`secret` must be a text or an array of texts, not a number"],
  [{ secret: SECRET, toleranceSeconds: 0 }, "`toleranceSeconds` must be"],
  [{ maxBodyBytes: -1 }, "`maxBodyBytes` must be"],
  [null, "must be an object, not null"],
])("options %j are refused", (options, message) => {
  expect(() => webhookTask(() => 1, options as never)).toThrow(TypeError);
  expect(() => webhookTask(() => 1, options as never)).toThrow(message);
});

test("what is no function, and no Request, is said to be so", async () => {
  expect(() => webhookTask("multiply" as never)).toThrow("webhookTask takes the function");
  await expect(add({ raw: {}, headers: {} } as never)).rejects.toThrow("register its `fastify`");
});
