import { gzipSync } from "node:zlib";
import { captureServer, freePort, until } from "@taskpulse/test-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { caller, failed } from "../fixtures/caller.ts";
import { drip, rawServer } from "../fixtures/raw-server.ts";

const OK = { status: "success", retval: 100 };

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
