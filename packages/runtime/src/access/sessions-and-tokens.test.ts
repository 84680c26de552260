import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { startRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { bearer, codeOf, guardedHost, login, newPrefix, TOKEN } from "../fixtures/guarded-host.ts";
import { hostsUnderTest } from "../fixtures/hosts-under-test.ts";

const NAVIGATES = { accept: "text/html,application/xhtml+xml" };

const hosts = hostsUnderTest();
const { hostWith } = hosts;

/** Sharing sessions and counts, as producer and consumer do. */
const twoApps = (prefix = newPrefix()) =>
  Promise.all([hostWith(undefined, { prefix }), hostWith(undefined, { prefix })]);

test("without a token whoever reaches the instance may use it, but not under any name or from any page", async () => {
  const { call } = await hostWith({});
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
  const { call } = await hostWith();
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
  const { call } = await hostWith();
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
  const { call } = await hostWith();
  const there = await call("/?batchid=a%20b&q=x", { headers: NAVIGATES });
  expect(there.status).toBe(303);
  expect(there.headers.location).toBe(`/login?next=${encodeURIComponent("/?batchid=a%20b&q=x")}`);
  const back = await call("/login", login(TOKEN, "/?batchid=a%20b&q=x"));
  expect(back.headers.location).toBe("/?batchid=a%20b&q=x");
  expect((await call("/login", login(TOKEN, "//evil.example/"))).headers.location).toBe("/");
});

test("a session opens everything, on every app, until it is signed out on one of them", async () => {
  const [one, other] = await twoApps();
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
  const { call, port, logIn } = await hostWith();
  const cookie = await logIn();
  const stream = await fetch(`http://127.0.0.1:${port}/stream`, { headers: { cookie } });
  const reading = stream.text().then(
    () => "ended",
    () => "cut",
  );
  await call("/logout", { method: "POST", headers: { cookie } });
  expect(await reading).toBe("cut");
});

test("sessions are neither forged nor prolonged, and end with the token", async () => {
  const prefix = newPrefix();
  const { call, logIn } = await hostWith(undefined, { prefix });
  const cookie = await logIn();
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
  const renewed = await hostWith({ ADMIN_TOKEN: `${TOKEN}-2` }, { prefix });
  expect((await renewed.call("/api/things", { headers: { cookie } })).status).toBe(401);
});

test("while Redis is away, sessions pass and wrong tokens are still counted", async () => {
  await using own = await startRedis();
  const client = new Redis(own.url, { maxRetriesPerRequest: 0, enableOfflineQueue: false });
  onTestFinished(() => client.disconnect());
  client.on("error", () => {});
  await until(() => client.status === "ready");
  await using host = await guardedHost({ redis: client });
  const { call } = host;
  const kept = await host.logIn();
  const left = await host.logIn();
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
  await until(async () => (await client.keys("*:ended:*")).length === 1);
});

test("whoever leaves while being admitted is forgotten", async () => {
  await using own = await startRedis();
  const client = new Redis(own.url, { maxRetriesPerRequest: 0 });
  onTestFinished(() => client.disconnect());
  // Its Redis ends first.
  client.on("error", () => {});
  await using guarded = await guardedHost({ redis: client });
  const { host, port } = guarded;
  const cookie = await guarded.logIn();
  // Now the question whether the session was signed out takes its time.
  await own.kill("SIGSTOP");
  const leaver = connect(port, "127.0.0.1");
  leaver.write(`GET /stream HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`);
  await once(host.app.server, "request");
  leaver.destroy();
  // Asks later, so it is answered later.
  await guarded.call("/api/things", { headers: { cookie } });
  await until(() => host.access.watched === 0, { what: "nobody to be looked after" });
  const stream = await fetch(`http://127.0.0.1:${port}/stream`, { headers: { cookie } });
  expect(host.access.watched).toBe(1);
  await stream.body?.cancel();
  await until(() => host.access.watched === 0, { what: "the stream to be forgotten" });
  await own.kill("SIGCONT");
});

test("one that can't be ended does not keep the others open", async () => {
  const { host, call, logIn } = await hostWith();
  const cookie = await logIn();
  const admission = await host.access.admit({ headers: { cookie } } as IncomingMessage);
  if (admission.kind === "refused") throw new Error(admission.reason);
  const ended: string[] = [];
  const stubborn = () => {
    ended.push("stubborn");
    throw new Error("can't be ended");
  };
  host.access.watch(admission.visitor, stubborn);
  host.access.watch(admission.visitor, () => void ended.push("other"));
  expect((await call("/logout", { method: "POST", headers: { cookie } })).status).toBe(303);
  expect(ended).toEqual(["stubborn", "other"]);
  await until(() => ended.length === 4, { what: "the next look" });
});

test("a full store still shares who was signed out, and wrong tokens", async () => {
  const prefix = newPrefix();
  const [one, other] = await twoApps(prefix);
  const cookie = await one.logIn();
  await hosts.redis.config("SET", "maxmemory", "1mb");
  try {
    await expect(hosts.redis.set("anything", "more")).rejects.toThrow("OOM");
    await one.call("/logout", { method: "POST", headers: { cookie } });
    expect((await other.call("/api/things", { headers: { cookie } })).status).toBe(401);
    for (let i = 0; i < 10; i++) await one.call("/api/things", bearer(`wrong ${i}`));
    expect((await other.call("/api/things", bearer(TOKEN))).status).toBe(429);
    const keys = await hosts.redis.keys(`${prefix}:*`);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(await hosts.redis.ttl(key)).toBeGreaterThan(0);
  } finally {
    await hosts.redis.config("SET", "maxmemory", "0");
  }
});

test("ten wrong tokens in a row are all that one address has, over both apps", async () => {
  const [one, other] = await twoApps();
  const cookie = await one.logIn();
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

test("behind a proxy, ports and other text make no new clients of one", async () => {
  const { call } = await hostWith({ ADMIN_TOKEN: TOKEN, TRUST_PROXY: "127.0.0.1" });
  const from = (client: string, token: string) => ({
    headers: { ...bearer(token).headers, "x-forwarded-for": client },
  });
  for (let i = 0; i < 10; i++) {
    expect((await call("/api/things", from(`203.0.113.5:${40_000 + i}`, "wrong"))).status).toBe(
      401,
    );
    expect((await call("/api/things", from(`anything ${i}`, "wrong"))).status).toBe(401);
  }
  for (const client of ["203.0.113.5:41000", "203.0.113.5", "something else"]) {
    expect((await call("/api/things", from(client, TOKEN))).status, client).toBe(429);
  }
  expect((await call("/api/things", from("203.0.113.6:41000", TOKEN))).status).toBe(200);
});

test("guesses that arrive together are counted one by one", async () => {
  const { call } = await hostWith();
  const guesses = Array.from({ length: 60 }, (_, i) => (i === 59 ? TOKEN : `wrong ${i}`));
  const answers = await Promise.all(guesses.map((token) => call("/api/things", bearer(token))));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(50);
});
