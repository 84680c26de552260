import { getEventListeners } from "node:events";
import { captureServer, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { caller } from "../fixtures/caller.ts";
import { newSecret } from "../fixtures/new-secret.ts";
import { drip, rawServer } from "../fixtures/raw-server.ts";
import { verifyWebhook } from "../verify.ts";

const OK = { status: "success", retval: 100 };

test.each(["GET", "HEAD"] as const)(
  "%s has its arguments in the query and no body",
  async (method) => {
    await using server = await captureServer();
    await using http = caller();
    const url = `${server.url}/a%2Fb/../c?keep=%41+b&x=1&x=2#fragment`;
    await http.call({ url, method, args: { x: [10, "ü y"], o: { k: null } } });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method,
      path: "/c?keep=%41+b&x=10&x=%C3%BC+y&o=%7B%22k%22%3Anull%7D",
      body: "",
    });
    expect(request?.headers).not.toHaveProperty("content-type");
    expect(request?.headers).not.toHaveProperty("content-length");
  },
);

test.each(["POST", "PUT", "PATCH", "DELETE"] as const)("%s sends a form", async (method) => {
  await using server = await captureServer();
  await using http = caller();
  const url = `${server.url}/multiply?x=1#fragment`;
  await http.call({ url, method, args: { x: 10, y: "a b", t: true, none: null } });
  await http.call({ url, method });
  expect(server.requests).toMatchObject([
    { method, path: "/multiply?x=1", body: "x=10&y=a+b&t=true&none=null" },
    { method, path: "/multiply?x=1", body: "" },
  ]);
  for (const { headers, body } of server.requests) {
    expect(headers).toMatchObject({
      "content-type": "application/x-www-form-urlencoded",
      // Nothing has no length with DELETE.
      ...(body === "" && method === "DELETE" ? {} : { "content-length": String(body.length) }),
      "accept-encoding": "identity",
      host: `127.0.0.1:${server.port}`,
    });
  }
});

test.each([
  ["me:geheim", "me:geheim"],
  ["me", "me:"],
  [":secret", ":secret"],
  ["m%40e:p%3Aw%2F%20%25", "m@e:p:w/ %"],
  ["ü:ß€", "ü:ß€"],
  ["a:b:c", "a:b:c"],
  ["50%:100%zz", "50%:100%zz"],
])("the user of http://%s@host goes into a header and nowhere else", async (user, pair) => {
  await using server = await captureServer();
  server.answer({ status: 500 });
  await using http = caller();
  const outcome = await http.call({ url: `http://${user}@127.0.0.1:${server.port}/p` });
  const [request] = server.requests;
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from(pair).toString("base64")}`);
  expect(request?.path).toBe("/p");
  expect(JSON.stringify(outcome)).not.toContain("geheim");
});

test("what is signed is the body as it is sent", async () => {
  await using server = await captureServer();
  await using http = caller();
  const secret = newSecret();
  const headers = { "x-report": "http://127.0.0.1/webhook?token=t" };
  for (const method of ["POST", "GET"] as const) {
    const sign = { id: `task-${method}`, secret };
    await http.call({ url: server.url, method, args: { owner: "Zoë" }, sign, headers });
  }
  for (const request of server.requests) {
    const verified = verifyWebhook({
      headers: request.headers,
      body: Buffer.from(request.body),
      ...{ secrets: [secret], nowMs: Date.now(), toleranceSeconds: 10 },
    });
    expect(verified).toMatchObject({ kind: "verified", id: `task-${request.method}` });
    expect(request.headers["x-report"]).toBe(headers["x-report"]);
  }
});

test("a signal ends the call at any time", async () => {
  await using server = await captureServer();
  server.answer("hang");
  await using http = caller();
  const early = AbortSignal.abort();
  expect(await http.call({ url: server.url, signal: early })).toEqual({ kind: "aborted" });
  expect(server.requests).toEqual([]);

  let asked = false;
  await using silent = await rawServer(() => {
    asked = true;
  });
  const abort = new AbortController();
  const hanging = http.call({ url: silent.url, signal: abort.signal, timeoutMs: 60_000 });
  await until(() => asked);
  abort.abort();
  expect(await hanging).toEqual({ kind: "aborted" });
  await until(() => silent.open === 0);

  await using slow = await rawServer((socket) => drip(socket, "HTTP/1.1 200 OK\r\nx: y\r\n"));
  const later = new AbortController();
  const connecting = http.call({ url: slow.url, signal: later.signal });
  later.abort();
  expect(await connecting).toEqual({ kind: "aborted" });
  await until(() => slow.open === 0);
});

test("nothing is left of a call that ended: no timer, no listener", async () => {
  await using server = await captureServer();
  server.answer({ body: OK });
  await using http = caller();
  const { signal } = new AbortController();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  for (let i = 0; i < 50; i++) await http.call({ url: server.url, signal, timeoutMs: 120_000 });
  expect(timers() - before).toBeLessThan(10);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("connections serve call after call, also where nobody wanted the rest of a body", async () => {
  await using server = await rawServer((socket, head) => {
    const status = head.includes("/202") ? "202 Accepted" : "404 Not Found";
    socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 30000\r\n\r\n${"x".repeat(30_000)}`);
  });
  await using http = caller();
  for (let i = 0; i < 20; i++) {
    const outcome = await http.call({ url: server.url + (i % 2 === 0 ? "/202" : "/404") });
    expect(outcome).toMatchObject({ status: i % 2 === 0 ? 202 : 404 });
  }
  // The next one need not wait until the rest is read.
  expect(server.most).toBeLessThanOrEqual(2);
});
