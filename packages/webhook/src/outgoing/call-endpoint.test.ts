import { getEventListeners } from "node:events";
import { gzipSync } from "node:zlib";
import { captureServer, freePort, until } from "@taskpulse/test-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newSecret } from "../fixtures/new-secret.ts";
import { drip, rawServer } from "../fixtures/raw-server.ts";
import { verifyWebhook } from "../verify.ts";
import { callEndpoint, type EndpointCall } from "./call-endpoint.ts";
import { createOutgoing } from "./outgoing.ts";

const OK = { status: "success", retval: 100 };

function caller(now: () => number = Date.now) {
  const outgoing = createOutgoing({ allow: ["127.0.0.0/8"], now });
  return {
    call: (call: Partial<EndpointCall> & { url: string }) =>
      callEndpoint(outgoing, { method: "POST", args: {}, timeoutMs: 5_000, ...call }),
    [Symbol.asyncDispose]: () => outgoing[Symbol.asyncDispose](),
  };
}

const failed = (type: string, message: string | RegExp, more: object = {}) => ({
  ...{ kind: "failed", retryable: false },
  ...more,
  error: {
    type,
    message: message instanceof RegExp ? expect.stringMatching(message) : message,
    ...("status" in more && type === "HttpError" ? { status: more.status } : {}),
  },
});

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

test.each([200, 201, 203, 299])("a reply with %i that says so succeeds", async (status) => {
  await using server = await captureServer();
  server.answer({ status, body: OK });
  await using http = caller();
  expect(await http.call({ url: server.url })).toEqual({ kind: "succeeded", retval: 100, status });
});

test.each([
  [200, "", "empty response"],
  [204, undefined, "empty response"],
  [200, "<html>hello</html>", /^the reply is not JSON: Unexpected token '<'/],
  [201, "[]", "the reply is not a JSON object"],
  [200, '{"status":"success"}', 'the reply has no "retval"'],
])("a reply with %i and %j is an invalid response", async (status, body, message) => {
  await using server = await captureServer();
  server.answer({ status, body });
  await using http = caller();
  expect(await http.call({ url: server.url })).toEqual(
    failed("InvalidResponse", message, { status, ...(body ? { reply: body } : {}) }),
  );
});

test("a failure of the remote and an unknown status are told apart, with the whole reply", async () => {
  await using server = await captureServer();
  await using http = caller();
  const failure = '{"status":"failure","reason":"no such user"}';
  server.answer({ body: failure });
  expect(await http.call({ url: server.url })).toEqual(
    failed("RemoteError", "no such user", { status: 200, reply: failure }),
  );
  server.answer({ body: '{"status":"done"}' });
  expect(await http.call({ url: server.url })).toEqual(
    failed("UnknownStatus", "unknown status: done", { status: 200, reply: '{"status":"done"}' }),
  );
});

test.each([200, 202, 204, 206])("HEAD succeeds with null on %i", async (status) => {
  await using server = await captureServer();
  server.answer({ status, headers: { "content-length": "999999999" } });
  await using http = caller();
  const outcome = await http.call({ url: server.url, method: "HEAD" });
  expect(outcome).toEqual({ kind: "succeeded", retval: null, status });
});

test("HEAD fails on other statuses", async () => {
  await using server = await captureServer();
  server.answer({ status: 404 });
  await using http = caller();
  expect(await http.call({ url: server.url, method: "HEAD" })).toEqual(
    failed("HttpError", "HTTP 404 Not Found", { status: 404 }),
  );
});

test("202 is accepted whatever its body says, and does not wait for it", async () => {
  await using server = await captureServer();
  await using http = caller();
  for (const body of [undefined, "<nonsense>", { status: "failure", reason: "x" }]) {
    server.answer({ status: 202, body });
    expect(await http.call({ url: server.url })).toEqual({ kind: "accepted", status: 202 });
  }
  await using slow = await rawServer((socket, head) => {
    socket.write("HTTP/1.1 202 Accepted\r\n");
    if (head.includes("/nothing")) socket.write("content-length: 10\r\n\r\n");
    else if (head.includes("/large")) socket.write("content-length: 99999999\r\n\r\n");
    else {
      socket.write("transfer-encoding: chunked\r\n\r\n");
      drip(socket, `400\r\n${"x".repeat(1_024)}\r\n`, 1);
    }
  });
  for (const path of ["/large", "/endless"]) {
    const outcome = await http.call({ url: slow.url + path, timeoutMs: 60_000 });
    expect(outcome).toEqual({ kind: "accepted", status: 202 });
    // Such a body is not read to its end.
    await until(() => slow.open === 0);
  }
  const outcome = await http.call({ url: `${slow.url}/nothing`, timeoutMs: 60_000 });
  expect(outcome).toEqual({ kind: "accepted", status: 202 });
});

test.each([300, 301, 302, 303, 304, 307, 308, 399])(
  "the redirect %i is refused",
  async (status) => {
    await using server = await captureServer();
    server.answer({ status, headers: { location: `${server.url}/elsewhere` } });
    await using http = caller();
    for (const method of ["GET", "POST"] as const) {
      expect(await http.call({ url: server.url, method })).toEqual(
        failed("RedirectRefused", new RegExp(`HTTP ${status}`), { status }),
      );
    }
    expect(server.requests).toHaveLength(2);
  },
);

test.each([
  ...[400, 401, 403, 404, 405, 408, 409, 410, 413, 418, 422, 425, 499, 500, 501, 505, 507, 599],
])("HTTP %i is an error that sending again would bring again", async (status) => {
  await using server = await captureServer();
  // A success in the body of an error is none.
  server.answer({ status, headers: { "retry-after": "9" }, body: OK });
  await using http = caller();
  expect(await http.call({ url: server.url })).toEqual(
    failed("HttpError", new RegExp(`^HTTP ${status}`), { status, reply: JSON.stringify(OK) }),
  );
});

test.each([429, 502, 503, 504])("HTTP %i may be tried again", async (status) => {
  await using server = await captureServer();
  server.answer({ status });
  await using http = caller();
  expect(await http.call({ url: server.url })).toEqual(
    failed("HttpError", new RegExp(`^HTTP ${status}`), { status, retryable: true }),
  );
});

test.each([
  ["7", 7_000],
  ["0", 1_000],
  ["99999999999999999999", 86_400_000],
  ["Wed, 21 Oct 2015 07:30:00 GMT", 120_000],
  ["Wed, 21 Oct 2015 07:00:00 GMT", 1_000],
  ["Fri, 21 Oct 2016 07:28:00 GMT", 86_400_000],
  ["soon", undefined],
  ["-5", undefined],
  ["1.5", undefined],
])("Retry-After: %s", async (header, ms) => {
  await using server = await captureServer();
  await using http = caller(() => Date.parse("Wed, 21 Oct 2015 07:28:00 GMT"));
  for (const [status, retryAfterMs] of [
    [429, ms],
    [503, ms],
    [502, undefined],
  ] as const) {
    server.answer({ status, headers: { "retry-after": header } });
    const outcome = await http.call({ url: server.url });
    expect(outcome.kind === "failed" && outcome.retryAfterMs).toBe(retryAfterMs);
  }
});

test("a reply may have 256 KiB, and not a byte more", async () => {
  await using server = await captureServer();
  await using http = caller();
  const reply = (bytes: number) => {
    const frame = '{"status":"success","retval":""}';
    return `${frame.slice(0, -2)}${"x".repeat(bytes - frame.length)}"}`;
  };
  server.answer({ body: reply(262_144) });
  expect(await http.call({ url: server.url })).toMatchObject({ kind: "succeeded" });
  server.answer({ body: reply(262_145) });
  expect(await http.call({ url: server.url })).toEqual(
    failed("InvalidResponse", "the reply is larger than 256 KiB", {
      ...{ status: 200, reply: reply(262_145).slice(0, 16_384) },
    }),
  );
});

test("an endless reply is cut off", async () => {
  await using server = await rawServer((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    drip(socket, "x".repeat(65_536), 1);
  });
  await using http = caller();
  expect(await http.call({ url: server.url, timeoutMs: 60_000 })).toMatchObject(
    failed("InvalidResponse", "the reply is larger than 256 KiB", { status: 200 }),
  );
  await until(() => server.open === 0);
});

test.each(["gzip", "br", "deflate, gzip", "x-unknown"])(
  "a reply encoded as %s is refused",
  async (encoding) => {
    const bomb = gzipSync(JSON.stringify({ ...OK, retval: "0".repeat(10_000_000) }));
    await using server = await rawServer((socket, head) => {
      const status = head.startsWith("GET") ? "500 Internal Server Error" : "200 OK";
      const headers = `content-encoding: ${encoding}\r\ncontent-length: ${bomb.length}`;
      socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n`);
      socket.write(bomb);
    });
    await using http = caller();
    expect(await http.call({ url: server.url })).toEqual(
      failed("InvalidResponse", "the reply is compressed, which was not asked for", {
        status: 200,
      }),
    );
    expect(await http.call({ url: server.url, method: "GET" })).toEqual(
      failed("HttpError", "HTTP 500 Internal Server Error", { status: 500 }),
    );
  },
);

test("an encoding named identity is none", async () => {
  await using server = await captureServer();
  server.answer({ headers: { "content-encoding": "Identity" }, body: OK });
  await using http = caller();
  expect(await http.call({ url: server.url })).toMatchObject({ kind: "succeeded" });
});

test("of a failed reply at most 16 KiB are kept, as text in UTF-8", async () => {
  await using server = await captureServer();
  await using http = caller();
  for (const text of ["x".repeat(20_000), `x${"€".repeat(10_000)}`, "😀".repeat(10_000)]) {
    server.answer({ status: 500, body: text });
    const outcome = await http.call({ url: server.url });
    const { reply = "" } = outcome.kind === "failed" ? outcome : {};
    expect(text.startsWith(reply)).toBe(true);
    expect(Buffer.byteLength(reply)).toBeLessThanOrEqual(16_384);
    expect(Buffer.byteLength(reply)).toBeGreaterThan(16_380);
  }
  await using noise = await rawServer((socket) => {
    socket.write("HTTP/1.1 500 No\r\ncontent-length: 20000\r\n\r\n");
    socket.write(Buffer.alloc(20_000, 0xff));
  });
  const outcome = await http.call({ url: noise.url });
  const { reply = "" } = outcome.kind === "failed" ? outcome : {};
  expect(reply).toMatch(/^\ufffd+$/);
  expect(Buffer.byteLength(reply)).toBeLessThanOrEqual(16_384);
});

const HEAD = "HTTP/1.1 200 OK\r\n";
test.each([
  ["says nothing", "", "", "no reply"],
  ["says its headers for ever", HEAD, "x: y\r\n", "no reply"],
  ["says its body for ever", `${HEAD}content-length: 9999\r\n\r\n`, " ", "no whole reply"],
  [
    "says chunks for ever",
    `${HEAD}transfer-encoding: chunked\r\n\r\n`,
    "1\r\n \r\n",
    "no whole reply",
  ],
  ["says 103 for ever", "", "HTTP/1.1 103 Early Hints\r\n\r\n", "no reply"],
])("the time limit holds for one who %s", async (_who, start, again, words) => {
  await using server = await rawServer((socket) => {
    socket.write(start);
    drip(socket, again);
  });
  await using http = caller();
  const beganAt = performance.now();
  expect(await http.call({ url: server.url, timeoutMs: 400 })).toMatchObject(
    failed("Timeout", `${words} within 0.4 s`, { retryable: true }),
  );
  const tookMs = performance.now() - beganAt;
  expect(tookMs).toBeGreaterThanOrEqual(395);
  expect(tookMs).toBeLessThan(2_000);
  await until(() => server.open === 0);
});

test("an error whose body never ends is still that error", async () => {
  await using server = await rawServer((socket) => {
    socket.write("HTTP/1.1 404 Not Found\r\ncontent-length: 99\r\n\r\nnothing here");
  });
  await using http = caller();
  expect(await http.call({ url: server.url, timeoutMs: 300 })).toEqual(
    failed("HttpError", "HTTP 404 Not Found", { status: 404, reply: "nothing here" }),
  );
});

test.each([
  ["before a reply", ""],
  ["in the headers", "HTTP/1.1 200 OK\r\ncontent-le"],
  ["in the body", 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"status":'],
  ["in a chunk", 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{"status"'],
])("a connection that ends %s may be tried again", async (_where, start) => {
  await using http = caller();
  for (const end of ["end", "resetAndDestroy"] as const) {
    await using server = await rawServer((socket) => socket.write(start, () => socket[end]()));
    expect(await http.call({ url: server.url })).toMatchObject({
      ...{ kind: "failed", retryable: true },
      error: {
        type: "ConnectionFailed",
        message: "the connection was closed before a whole reply",
      },
    });
  }
});

test("a refused connection may be tried again, and its address is not told", async () => {
  await using http = caller();
  expect(await http.call({ url: `http://127.0.0.1:${await freePort()}/` })).toEqual(
    failed("ConnectionFailed", "the connection was refused", { retryable: true }),
  );
});

test.each([
  ["HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "the reply is not HTTP/1.1"],
  ["SSH-2.0-OpenSSH_9.2\r\n", "the reply is not HTTP/1.1"],
  [`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, "the headers of the reply are too large"],
])("what is no HTTP is an invalid response", async (bytes, message) => {
  await using server = await rawServer((socket) => socket.write(bytes));
  await using http = caller();
  expect(await http.call({ url: server.url })).toEqual(failed("InvalidResponse", message));
});

test("TLS towards one who does not speak it fails as a connection", async () => {
  await using server = await captureServer();
  await using http = caller();
  const outcome = await http.call({ url: `https://127.0.0.1:${server.port}/` });
  expect(outcome).toMatchObject({ retryable: true, error: { type: "ConnectionFailed" } });
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

test("whatever bytes an endpoint sends, the call ends with an outcome", async () => {
  let answer = Buffer.alloc(0);
  await using server = await rawServer((socket) => socket.end(answer));
  await using http = caller();
  const line = fc.constantFrom("HTTP/1.1 200 OK", "HTTP/1.1 503 No", "HTTP/1.0 200", "HTTP/2 200");
  const head = fc.constantFrom("", "content-length: 5\r\n", "transfer-encoding: chunked\r\n");
  const bytes = fc
    .tuple(line, head, fc.uint8Array({ maxLength: 200 }))
    .map(([start, headers, body]) =>
      Buffer.concat([Buffer.from(`${start}\r\n${headers}\r\n`), body]),
    );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        bytes,
        fc.uint8Array().map((b) => Buffer.from(b)),
      ),
      async (sent) => {
        answer = sent;
        const { kind } = await http.call({ url: server.url, timeoutMs: 3_000 });
        expect(["failed", "accepted", "succeeded"]).toContain(kind);
      },
    ),
    { numRuns: 150 },
  );
});
