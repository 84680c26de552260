import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../config.ts";
import { createLogger } from "../logger.ts";
import { addOperations, createMetrics } from "../operations.ts";
import { createWebHost } from "../web-host.ts";

const TOKEN = "correct-horse-battery";
const NAVIGATES = { accept: "text/html,application/xhtml+xml" };

let store: TestRedis;
let redis: Redis;

beforeAll(async () => {
  store = await startRedis();
  redis = new Redis(store.url);
});
afterAll(async () => {
  redis.disconnect();
  await store[Symbol.asyncDispose]();
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends exactly these headers: `fetch` would choose Host, Origin and others by itself. */
function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, body: sentBody = "" }: AskInit = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: "127.0.0.1", port, path, method, headers, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          body += part;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(sentBody);
  });
}

interface AskInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A host without pages and a route of each kind; hosts with one prefix share sessions and counts. */
async function guardedHost(
  env: Record<string, string> = { ADMIN_TOKEN: TOKEN },
  prefix = unique(),
) {
  const host = await createWebHost({
    appDir: ".",
    pages: "none",
    log: createLogger("test", "silent"),
    access: {
      config: loadConfig(env),
      redis,
      keys: { endedSessionPrefix: `${prefix}:ended:`, wrongTokenPrefix: `${prefix}:wrong` },
    },
  });
  onTestFinished(() => host[Symbol.asyncDispose]());
  const { app } = host;
  addOperations(app, {
    metrics: createMetrics("test"),
    isReady: async () => ({ store: true }),
  });
  app.get("/api/things", () => ({ things: [] }));
  app.post("/api/things", () => ({ done: true }));
  app.get("/apply/thing", { config: { access: "works" } }, () => ({ done: true }));
  app.post("/in", { config: { access: "open" } }, () => ({ taken: true }));
  app.get("/stream", (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/event-stream" });
    reply.raw.write("retry: 1000\n\n");
  });
  await host.listen("127.0.0.1", 0);
  const { port } = app.server.address() as AddressInfo;
  return { port, call: (path: string, init?: AskInit) => ask(port, path, init) };
}

let hosts = 0;
const unique = () => `access-test-${hosts++}`;

function login(token: string, next = "/"): AskInit {
  return {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ token, next }).toString(),
  };
}

async function cookieOf(host: { call: (path: string, init: AskInit) => Promise<Answer> }) {
  const { headers, status } = await host.call("/login", login(TOKEN));
  expect(status).toBe(303);
  return headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

const codeOf = ({ body }: Answer) => (JSON.parse(body) as { code?: string }).code;
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test("without a token whoever reaches the instance may use it, but not under any name or from any page", async () => {
  const { call } = await guardedHost({});
  expect((await call("/api/things")).status).toBe(200);
  expect((await call("/metrics")).status).toBe(200);
  expect(JSON.parse((await call("/readyz")).body)).toEqual({
    status: "ready",
    checks: { store: true },
  });
  expect((await call("/api/things", { headers: { host: "evil.example" } })).status).toBe(403);
  const foreign = { method: "POST", headers: { origin: "https://evil.example" } };
  expect(codeOf(await call("/api/things", foreign))).toBe("cross_site");
});

test("with a token, strangers get nothing but what is for everyone", async () => {
  const { call } = await guardedHost();
  for (const path of ["/api/things", "/metrics", "/apply/thing", "/", "/nothing", "/stream"]) {
    const answer = await call(path);
    expect(answer.status, path).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
    expect(codeOf(answer)).toBe("login_required");
  }
  expect((await call("/api/things", { method: "POST" })).status).toBe(401);
  expect((await call("/in", { method: "POST" })).status).toBe(200);
  expect((await call("/healthz")).status).toBe(200);
  expect((await call("/readyz")).body).toBe('{"status":"ready"}');
});

test("a program sends the token with every request", async () => {
  const { call } = await guardedHost();
  expect((await call("/api/things", bearer(TOKEN))).status).toBe(200);
  expect((await call("/api/things", { ...bearer(TOKEN), method: "POST" })).status).toBe(200);
  expect((await call("/metrics", bearer(TOKEN))).status).toBe(200);
  expect(JSON.parse((await call("/readyz", bearer(TOKEN))).body)).toHaveProperty("checks");
  for (const wrong of ["x", `${TOKEN}x`, TOKEN.slice(1)]) {
    expect((await call("/api/things", bearer(wrong))).status, wrong).toBe(401);
  }
  expect((await call("/api/things", { headers: { authorization: "Basic eDp5" } })).status).toBe(
    401,
  );
});

test("a browser that goes somewhere is led to the login and back", async () => {
  const { call } = await guardedHost();
  const there = await call("/?batchid=a%20b&q=x", { headers: NAVIGATES });
  expect(there.status).toBe(303);
  expect(there.headers.location).toBe(`/login?next=${encodeURIComponent("/?batchid=a%20b&q=x")}`);
  const back = await call("/login", login(TOKEN, "/?batchid=a%20b&q=x"));
  expect(back.headers.location).toBe("/?batchid=a%20b&q=x");
  expect((await call("/login", login(TOKEN, "//evil.example/"))).headers.location).toBe("/");
});

test("a session opens everything, on every app, until it is signed out on one of them", async () => {
  const prefix = unique();
  const [one, other] = [await guardedHost(undefined, prefix), await guardedHost(undefined, prefix)];
  const { headers } = await one.call("/login", login(TOKEN));
  const [set = ""] = headers["set-cookie"] ?? [];
  expect(set).toMatch(/; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
  expect(set).not.toContain(TOKEN);
  const cookie = set.split(";")[0] ?? "";
  for (const { call } of [one, other]) {
    expect((await call("/api/things", { headers: { cookie } })).status).toBe(200);
    expect((await call("/api/things", { method: "POST", headers: { cookie } })).status).toBe(200);
  }
  const out = await other.call("/logout", { method: "POST", headers: { cookie } });
  expect(out.status).toBe(303);
  expect(out.headers["set-cookie"]?.[0]).toMatch(/^taskpulse_session=; Max-Age=0;/);
  for (const { call } of [one, other]) {
    expect((await call("/api/things", { headers: { cookie } })).status).toBe(401);
  }
});

test("what a session has opened ends with it", async () => {
  const { call, port } = await guardedHost();
  const cookie = await cookieOf({ call });
  const stream = await fetch(`http://127.0.0.1:${port}/stream`, { headers: { cookie } });
  const reading = stream.text().then(
    () => "ended",
    () => "cut",
  );
  await call("/logout", { method: "POST", headers: { cookie } });
  expect(await reading).toBe("cut");
});

test("sessions are neither forged nor prolonged, and end with the token", async () => {
  const prefix = unique();
  const { call } = await guardedHost(undefined, prefix);
  const cookie = await cookieOf({ call });
  const [name, value = ""] = cookie.split("=");
  const [id, end, signature] = decodeURIComponent(value).split(".");
  for (const forged of [
    `${id}.${Number(end) + 1}.${signature}`,
    `${id}.${end}.`,
    `${id}.${end}`,
    `.${signature}`,
    "",
    "%",
    "a".repeat(5_000),
  ]) {
    const answer = await call("/api/things", { headers: { cookie: `${name}=${forged}` } });
    expect(answer.status, forged.slice(0, 80)).toBe(401);
  }
  const renewed = await guardedHost({ ADMIN_TOKEN: `${TOKEN}-2` }, prefix);
  expect((await renewed.call("/api/things", { headers: { cookie } })).status).toBe(401);
});

test("while Redis is away, sessions pass and wrong tokens are still counted", async () => {
  const own = await startRedis();
  onTestFinished(() => own[Symbol.asyncDispose]());
  const client = new Redis(own.url, { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  onTestFinished(() => client.disconnect());
  client.on("error", () => {});
  await until(() => client.status === "ready");
  const host = await createWebHost({
    ...{ appDir: ".", pages: "none", log: createLogger("test", "silent") },
    access: {
      config: loadConfig({ ADMIN_TOKEN: TOKEN }),
      redis: client,
      keys: { endedSessionPrefix: "ended:", wrongTokenPrefix: "wrong" },
    },
  });
  onTestFinished(() => host[Symbol.asyncDispose]());
  host.app.get("/api/things", () => ({ things: [] }));
  await host.listen("127.0.0.1", 0);
  const { port } = host.app.server.address() as AddressInfo;
  const call = (path: string, init?: AskInit) => ask(port, path, init);
  const kept = await cookieOf({ call });
  const left = await cookieOf({ call });
  await own.kill("SIGSTOP");
  expect((await call("/api/things", { headers: { cookie: kept } })).status).toBe(200);
  await call("/logout", { method: "POST", headers: { cookie: left } });
  expect((await call("/api/things", { headers: { cookie: left } })).status).toBe(401);
  for (let i = 0; i < 10; i++) {
    expect((await call("/api/things", bearer(`wrong ${i}`))).status).toBe(401);
  }
  expect((await call("/api/things", bearer("wrong"))).status).toBe(429);
  await own.kill("SIGCONT");
  // What Redis did not hear of, it hears of later.
  await until(async () => (await client.keys("ended:*")).length === 1);
});

test("ten wrong tokens in a row are all that one address has, over both apps", async () => {
  const prefix = unique();
  const [one, other] = [await guardedHost(undefined, prefix), await guardedHost(undefined, prefix)];
  const cookie = await cookieOf(one);
  for (let i = 0; i < 5; i++) {
    expect((await one.call("/api/things", bearer(`wrong ${i}`))).status).toBe(401);
    expect((await one.call("/login", login(`wrong ${i}`))).status).toBe(401);
  }
  for (const { call } of [one, other]) {
    const late = await call("/login", login(TOKEN));
    expect(late.status, "also the right one").toBe(429);
    expect(codeOf(late)).toBe("too_many_attempts");
    expect(Number(late.headers["retry-after"])).toBeGreaterThan(890);
    expect((await call("/api/things", bearer(TOKEN))).status).toBe(429);
    expect((await call("/api/things", { headers: { cookie } })).status).toBe(200);
  }
});

test("guesses that arrive together are counted one by one", async () => {
  const { call } = await guardedHost();
  const guesses = Array.from({ length: 60 }, (_, i) => (i === 59 ? TOKEN : `wrong ${i}`));
  const answers = await Promise.all(guesses.map((token) => call("/api/things", bearer(token))));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(50);
});

test.each([
  "localhost",
  "localhost:5001",
  "a.localhost",
  "10.1.2.3:80",
  "[::1]:5001",
  "Tasks.Example:8443",
])("the name %s is ours", async (host) => {
  const { call } = await guardedHost({ ALLOWED_HOSTS: "tasks.example" });
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
  const { call } = await guardedHost({ ALLOWED_HOSTS: "tasks.example" });
  const answer = await call("/api/things", { headers: { host } });
  expect(answer.status).toBe(403);
  expect(codeOf(answer)).toBe("host_not_allowed");
  expect((await call("/healthz", { headers: { host } })).status).toBe(200);
});

test("a second Host header is refused, and so is none", async () => {
  const { port } = await guardedHost({});
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

test("what a proxy says counts only when the proxy is trusted", async () => {
  const forwarded = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" };
  const direct = await guardedHost({});
  expect((await direct.call("/api/things", { headers: forwarded })).status).toBe(200);
  const behind = await guardedHost({ TRUST_PROXY: "127.0.0.1", ADMIN_TOKEN: TOKEN });
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
  const { call } = await guardedHost({});
  const sent = { headers: { host: "ours.localhost", ...headers } };
  expect((await call("/api/things", { ...sent, method: "POST" })).status).toBe(status);
  expect((await call("/apply/thing", sent)).status).toBe(status);
  expect((await call("/api/things", sent)).status).toBe(200);
});

test("a GET that starts work needs more than a cookie", async () => {
  const { call } = await guardedHost();
  const cookie = await cookieOf({ call });
  const host = "ours.localhost";
  expect((await call("/apply/thing", { headers: { host, cookie } })).status).toBe(403);
  const referer = "http://evil.example/ours.localhost";
  expect((await call("/apply/thing", { headers: { host, cookie, referer } })).status).toBe(403);
  const ours = { host, cookie, referer: "http://ours.localhost/" };
  expect((await call("/apply/thing", { headers: ours })).status).toBe(200);
  expect((await call("/apply/thing", bearer(TOKEN))).status).toBe(200);
});

test("data is never run, framed or kept", async () => {
  const { call } = await guardedHost({});
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
