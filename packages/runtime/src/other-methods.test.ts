import { once } from "node:events";
import { METHODS } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { until } from "@taskpulse/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { codeOf, type GuardedHost } from "./fixtures/guarded-host.ts";
import { hostsUnderTest } from "./fixtures/hosts-under-test.ts";

const { hostWith } = hostsUnderTest();

async function answerTo({ port }: GuardedHost, raw: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(raw);
  return text(socket);
}

test.each([
  ["/healthz", "GET, HEAD"],
  ["/metrics", "GET, HEAD"],
  ["/login", "POST"],
  ["/logout", "POST"],
])("%s answers every method but %s with 405, whoever asks", async (path, allow) => {
  const { call } = await hostWith();
  const others = METHODS.filter((method) => method !== "CONNECT" && !allow.includes(method));
  expect(others.length).toBeGreaterThan(30);
  for (const method of others) {
    const answer = await call(path, { method });
    expect(answer.status, method).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    if (method !== "HEAD") expect(codeOf(answer)).toBe("method_not_allowed");
  }
});

test("a body that comes with such a method is not waited for", async () => {
  const host = await hostWith();
  const head = "Host: localhost\r\nConnection: close\r\nContent-Length: 1000\r\n";
  for (const method of ["PROPFIND", "QUERY", "PUT"]) {
    expect(await answerTo(host, `${method} /healthz HTTP/1.1\r\n${head}\r\n`)).toMatch(
      /^HTTP\/1\.1 405 /,
    );
  }
});

test("a path that there is not is the same for every method", async () => {
  const { call } = await hostWith();
  for (const method of ["GET", "PROPFIND", "PURGE"]) {
    expect((await call("/nothing", { method })).status, method).toBe(401);
  }
});

test.each(["CONNECT localhost:80", "BREW /healthz"])(
  "%s, for which there are no routes, is told so and the connection ends",
  async (line) => {
    const answer = await answerTo(await hostWith(), `${line} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"bad_request_line"');
  },
);

test("who resets a connection after CONNECT does no harm", async () => {
  const { host, port, call } = await hostWith();
  const served = once(host.app.server, "connect");
  const socket = connect(port, "127.0.0.1");
  socket.write("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [, far] = (await served) as [unknown, Socket];
  socket.resetAndDestroy();
  far.resume();
  await until(() => far.closed);
  expect((await call("/healthz")).status).toBe(200);
});

test("what a request expects is met or refused", async () => {
  const host = await hostWith();
  const head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
  const expecting = (what: string) =>
    answerTo(host, `POST /in HTTP/1.1\r\n${head}Content-Length: 2\r\nExpect: ${what}\r\n\r\n{}`);
  expect(await expecting("100-continue")).toMatch(
    /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /,
  );
  const refused = await expecting("more");
  expect(refused).toMatch(/^HTTP\/1\.1 417 /);
  expect(refused).toContain('"code":"expectation_failed"');
});
