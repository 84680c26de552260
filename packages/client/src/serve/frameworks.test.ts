/** The same task through each way of serving it, called as Taskpulse's worker calls. */

import { until } from "@taskpulse/test-kit";
import Fastify from "fastify";
import { NextRequest } from "next/server.js";
import { expect, test } from "vitest";
import { SECRET, webhookSecret } from "../fixtures/secret.ts";
import { callAsWorker, type Serving, servingNode } from "../fixtures/serving.ts";
import { webhookTask } from "./webhook-task.ts";

const add = webhookTask(
  ({ x, y }: { x: number; y: number }) => {
    if (typeof x !== "number" || typeof y !== "number") throw new Error("x and y must be numbers");
    return x + y;
  },
  { secret: SECRET, maxBodyBytes: 1_000 },
);

async function servingFastify(task = add): Promise<Serving> {
  const app = Fastify();
  // The program's own routes keep what they have.
  app.post("/own", async (request) => ({ own: request.body }));
  await app.register(task.fastify, { url: "/add", prefix: "/tasks" });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  return { url: `${url}/tasks/add`, [Symbol.asyncDispose]: () => app.close() };
}

const served = { fastify: servingFastify, node: () => servingNode(add.node) };
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

test.each(["fastify", "node"] as const)("%s: all methods, signed", async (framework) => {
  await using server = await served[framework]();
  for (const method of METHODS) {
    const sign = { id: "msg_1", secret: webhookSecret() };
    const call = { url: server.url, method, sign, args: { x: 10, y: 10 } };
    const retval = method === "HEAD" ? null : 20;
    expect(await callAsWorker(call)).toEqual({ kind: "succeeded", retval, status: 200 });
  }
});

test.each(["fastify", "node"] as const)("%s: failures and refusals", async (framework) => {
  await using server = await served[framework]();
  const sign = { id: "msg_1", secret: webhookSecret() };
  const { url } = server;
  expect(await callAsWorker({ url, sign, args: { x: "ten" } })).toMatchObject({
    kind: "failed",
    error: { type: "RemoteError", message: "x and y must be numbers" },
  });
  expect(await callAsWorker({ url, args: { x: 1, y: 1 } })).toMatchObject({
    error: { type: "HttpError", status: 401 },
  });
  const large = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `x=${"1".repeat(3_000_000)}`,
  });
  expect(large.status).toBe(413);
  expect(await large.json()).toMatchObject({ status: "failure" });
  const text = await fetch(url, { method: "POST", body: "x" });
  expect([text.status, ((await text.json()) as { status: string }).status]).toEqual([
    401,
    "failure",
  ]);
});

test("Fastify's own routes are left as they were", async () => {
  await using server = await servingFastify();
  const own = await fetch(new URL("/own", server.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"a":1}',
  });
  expect(await own.json()).toEqual({ own: { a: 1 } });
  const form = await fetch(new URL("/own", server.url), {
    method: "POST",
    body: new URLSearchParams("a=1"),
  });
  expect(form.status).toBe(415);
});

test("a route of Fastify without a path is refused", async () => {
  const app = Fastify();
  await expect(async () => app.register(add.fastify as never)).rejects.toThrow(
    "register it with the path",
  );
});

test("a route handler of Next.js", async () => {
  // As Next.js declares what a route exports.
  const GET: (request: NextRequest, context: { params: Promise<object> }) => Promise<Response> =
    webhookTask(({ x, y }: { x: number; y: number }) => x + y);
  const request = new NextRequest("http://host/api/add?x=10&y=10");
  const response = await GET(request, { params: Promise.resolve({}) });
  expect(await response.json()).toEqual({ status: "success", retval: 20 });
});

test("Taskpulse that gives up ends the call's signal", async () => {
  let gone = "";
  const slow = webhookTask(
    (_args, { signal }) =>
      new Promise(() => {
        signal.addEventListener("abort", () => {
          gone += "x";
        });
      }),
  );
  await using node = await servingNode(slow.node);
  await using fastify = await servingFastify(slow);
  for (const { url } of [node, fastify]) {
    const outcome = await callAsWorker({ url, timeoutMs: 100 });
    expect(outcome).toMatchObject({ kind: "failed", error: { type: "Timeout" } });
  }
  await until(() => gone === "xx");
});
