import { createKeys } from "@taskpulse/store";
import { startRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { newTask } from "../fixtures/ingest-calls.ts";
import { rawConnection, requestHead } from "../fixtures/raw-connection.ts";
import { type RunningConsumer, runConsumer, type SendInit } from "../fixtures/running-consumer.ts";
import { TEST_SECRET } from "../fixtures/signing.ts";

const keys = createKeys();
const OTHER_SECRET = `whsec_${Buffer.alloc(32, "other").toString("base64")}`;

/** Consumers on a store of their own, which go by one clock. */
async function limited(perSecond: number, env: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const client = new Redis(redis.url);
  // That Redis goes away is what one of these tests is about.
  client.on("error", () => undefined);
  stack.defer(() => client.disconnect());
  const clock = { ms: 0 };
  const overrides = { rateNowMs: () => clock.ms };
  return {
    clock,
    redis,
    /** What this machine's address has spent counts from when it is told: before the clock goes on. */
    spentAllIsTold: () =>
      until(async () => /^0\.0+ /.test((await client.get(`${keys.ratePrefix}a:127.0.0.1`)) ?? "")),
    start: async () =>
      stack.use(
        await runConsumer(redis.url, { INGEST_RATE_LIMIT: String(perSecond), ...env }, overrides),
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function statuses(consumer: RunningConsumer, count: number, init: SendInit = {}) {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await consumer.send(newTask(), init)).status);
  return all;
}

const from = (address: string): SendInit => ({
  headers: { "content-type": "application/json", "x-forwarded-for": address },
});

const rateHeaders = ({ headers }: Response) =>
  ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"].map((name) =>
    headers.get(name),
  );

test("off, as it is on loopback unless set: no header says otherwise", async () => {
  await using redis = await startRedis();
  await using consumer = await runConsumer(redis.url);
  expect(rateHeaders(await consumer.send(newTask()))).toEqual([null, null, null, null]);
});

test("429 says when to come again; every answer says how much is left", async () => {
  await using under = await limited(3);
  const consumer = await under.start();
  expect(rateHeaders(await consumer.send(newTask()))).toEqual(["3", "2", "1", null]);
  const bad = await consumer.send(null, { body: "{" });
  expect([bad.status, ...rateHeaders(bad)]).toEqual([400, "3", "1", "1", null]);
  const forged = await consumer.send(newTask(), { sign: { secret: OTHER_SECRET } });
  expect([forged.status, ...rateHeaders(forged)]).toEqual([401, "3", "0", "1", null]);
  const refused = await consumer.send(newTask());
  expect([refused.status, ...rateHeaders(refused)]).toEqual([429, "3", "0", "1", "1"]);
  expect(await refused.json()).toMatchObject({ code: "rate_limited" });
  await under.spentAllIsTold();
  under.clock.ms += 1_000;
  expect(await statuses(consumer, 4)).toEqual([200, 200, 200, 429]);
});

test("an address that sends too much is refused before its bodies have come", async () => {
  await using under = await limited(2);
  const consumer = await under.start();
  expect(await statuses(consumer, 2)).toEqual([200, 200]);
  for (const length of ["1000", "500000"]) {
    using client = await rawConnection(consumer.port);
    await client.write(requestHead("", { "content-length": length }));
    await client.sees(/^HTTP\/1\.1 429 [\s\S]+rate_limited/);
  }
  using large = await rawConnection(consumer.port);
  await large.write(requestHead("", { "content-length": "5000000" }));
  await large.sees(/^HTTP\/1\.1 413 [\s\S]+ratelimit-remaining: 0/i);
});

test("a sender is an IPv4 address or an IPv6 network, as a trusted proxy tells it", async () => {
  await using under = await limited(1, { TRUST_PROXY: "127.0.0.1", REQUIRE_SIGNATURE: "false" });
  const consumer = await under.start();
  const one = async (address: string) =>
    (await statuses(consumer, 1, { ...from(address), sign: false }))[0];
  expect(await one("192.0.2.1")).toBe(200);
  expect(await one("192.0.2.2")).toBe(200);
  expect(await one("::ffff:192.0.2.1")).toBe(429);
  expect(await one("2001:db8:1:2::1")).toBe(200);
  expect(await one("2001:db8:1:2:ffff::9")).toBe(429);
  expect(await one("2001:db8:1:3::1")).toBe(200);
});

test("without a trusted proxy, nobody is who a header says", async () => {
  await using under = await limited(1);
  const consumer = await under.start();
  expect(await statuses(consumer, 1, from("192.0.2.1"))).toEqual([200]);
  expect(await statuses(consumer, 1, from("192.0.2.2"))).toEqual([429]);
});

test("a key has its limit wherever it is used from; another key has its own", async () => {
  const env = { TRUST_PROXY: "127.0.0.1", WEBHOOK_SECRET: `${TEST_SECRET} ${OTHER_SECRET}` };
  await using under = await limited(2, env);
  const consumer = await under.start();
  const via = async (address: string, secret: string) => {
    const response = await consumer.send(newTask(), { ...from(address), sign: { secret } });
    const { reason = "" } = (await response.json()) as { reason?: string };
    return `${response.status} ${/this key/.exec(reason)?.[0] ?? ""}`.trim();
  };
  expect(await via("192.0.2.1", TEST_SECRET)).toBe("200");
  expect(await via("192.0.2.2", TEST_SECRET)).toBe("200");
  expect(await via("192.0.2.3", TEST_SECRET)).toBe("429 this key");
  expect(await via("192.0.2.3", OTHER_SECRET)).toBe("200");
});

test("two consumers keep one limit together: what one let through, the other knows within ticks", async () => {
  await using under = await limited(500);
  const one = await under.start();
  const two = await under.start();
  await Promise.all(Array.from({ length: 50 }, () => statuses(one, 10)));
  // The clock stands still: alone it would let 500 through.
  let passed = 0;
  await until(
    async () => {
      const [status] = await statuses(two, 1);
      if (status === 200) passed += 1;
      return status === 429;
    },
    { everyMs: 10 },
  );
  expect(passed).toBeLessThan(250);
});

test("Redis away: what this consumer counts holds", async () => {
  await using under = await limited(3);
  const consumer = await under.start();
  await under.redis.kill("SIGKILL");
  try {
    expect(await statuses(consumer, 5)).toEqual([503, 503, 503, 429, 429]);
    under.clock.ms += 1_000;
    expect(await statuses(consumer, 4)).toEqual([503, 503, 503, 429]);
  } finally {
    await under.redis.restart();
  }
});
