import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { bearer, codeOf, login, TOKEN } from "../fixtures/guarded-host.ts";
import { hostsUnderTest } from "../fixtures/hosts-under-test.ts";

const { hostWith } = hostsUnderTest();

test.each([
  "localhost",
  "localhost:5001",
  "a.localhost",
  "10.1.2.3:80",
  "[::1]:5001",
  "Tasks.Example:8443",
])("the name %s is ours", async (host) => {
  const { call } = await hostWith({ ALLOWED_HOSTS: "tasks.example" });
  expect((await call("/api/things", { headers: { host } })).status).toBe(200);
});

test.each([
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "x@localhost",
  "[::1",
  "localhost:99999",
])("the name %j is not ours", async (host) => {
  const { call } = await hostWith({ ALLOWED_HOSTS: "tasks.example" });
  const answer = await call("/api/things", { headers: { host } });
  expect(answer.status).toBe(403);
  expect(codeOf(answer)).toBe("host_not_allowed");
  expect((await call("/healthz", { headers: { host } })).status).toBe(200);
});

test("a second Host header is refused, and so is none", async () => {
  const { port } = await hostWith({});
  for (const lines of [
    "Host: localhost\r\nHost: localhost\r\n",
    "Host: localhost\r\nhost: x\r\n",
    "",
  ]) {
    const socket = connect(port, "127.0.0.1");
    socket.end(`GET /api/things HTTP/1.0\r\n${lines}\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[03] .*host_not_allowed|^HTTP\/1\.1 400 /s);
  }
});

test.each([
  ["http://localhost:81/api/things", "localhost", 200],
  ["HTTP://LOCALHOST?x", "localhost", 404],
  ["http://evil.example/api/things", "localhost", 403],
  ["http://evil.example/api/things", "evil.example", 403],
  ["http://localhost/api/things", "evil.example", 403],
  ["http://localhost@evil.example/api/things", "localhost", 403],
  ["http://evil.example", "localhost", 403],
])("a target %s with Host %s", async (path, host, status) => {
  const { call } = await hostWith({});
  expect((await call(path, { headers: { host } })).status).toBe(status);
});

test("how a request came is looked up once", async () => {
  const { host, call } = await hostWith();
  const seen: IncomingMessage[] = [];
  host.app.server.on("request", (request) => seen.push(request));
  await call("/api/things", bearer(TOKEN));
  const [request] = seen;
  if (request === undefined) throw new Error("nothing came");
  expect(host.access.reachedAs(request)).toBe(host.access.reachedAs(request));
});

test("what a proxy says counts only when the proxy is trusted", async () => {
  const forwarded = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" };
  const direct = await hostWith({});
  expect((await direct.call("/api/things", { headers: forwarded })).status).toBe(200);
  const behind = await hostWith({ TRUST_PROXY: "127.0.0.1", ADMIN_TOKEN: TOKEN });
  expect((await behind.call("/api/things", { headers: forwarded })).status).toBe(403);
  const secure = await behind.call("/login", {
    ...login(TOKEN),
    headers: { ...login(TOKEN).headers, "x-forwarded-proto": "https" },
  });
  expect(secure.headers["set-cookie"]?.[0]).toContain("; Secure");
  expect(secure.headers["strict-transport-security"]).toMatch(/^max-age=\d+$/);
});

test.each<[what: string, headers: Record<string, string>, status: number]>([
  ["a program", {}, 200],
  ["this page", { "sec-fetch-site": "same-origin", origin: "http://ours.localhost" }, 200],
  ["the reader", { "sec-fetch-site": "none" }, 200],
  ["another site", { "sec-fetch-site": "cross-site" }, 403],
  ["another port of this host", { "sec-fetch-site": "same-site" }, 403],
  ["this page, in an older browser", { origin: "http://ours.localhost" }, 200],
  ["another port, in an older browser", { origin: "http://ours.localhost:81" }, 403],
  ["a sandboxed frame", { origin: "null" }, 403],
  ["a name that begins alike", { origin: "http://ours.localhost.evil.example" }, 403],
])("changes that %s asks for", async (_what, headers, status) => {
  const { call } = await hostWith({});
  const sent = { headers: { host: "ours.localhost", ...headers } };
  expect((await call("/api/things", { ...sent, method: "POST" })).status).toBe(status);
  expect((await call("/apply/thing", sent)).status).toBe(status);
  expect((await call("/api/things", sent)).status).toBe(200);
});

test("a GET that starts work needs more than a cookie", async () => {
  const { call, logIn } = await hostWith();
  const cookie = await logIn();
  const host = "ours.localhost";
  expect((await call("/apply/thing", { headers: { host, cookie } })).status).toBe(403);
  const referer = "http://evil.example/ours.localhost";
  expect((await call("/apply/thing", { headers: { host, cookie, referer } })).status).toBe(403);
  const ours = { host, cookie, referer: "http://ours.localhost/" };
  expect((await call("/apply/thing", { headers: ours })).status).toBe(200);
  expect((await call("/apply/thing", bearer(TOKEN))).status).toBe(200);
});

test("data is never run, framed or kept", async () => {
  const { call } = await hostWith({});
  const { headers } = await call("/api/things");
  expect(headers).toMatchObject({
    "content-security-policy": "default-src 'none';frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
  });
  expect(headers).not.toHaveProperty("strict-transport-security");
  expect(headers).not.toHaveProperty("x-powered-by");
});
