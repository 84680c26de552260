import { captureServer, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { caller, failed } from "../fixtures/caller.ts";
import { drip, rawServer } from "../fixtures/raw-server.ts";

const OK = { status: "success", retval: 100 };

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
