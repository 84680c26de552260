import { createKeys, spendRates } from "@taskpulse/store";
import { startRedis, type TestRedis } from "@taskpulse/test-kit";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RateLimiter } from "./rate-limiter.ts";

let server: TestRedis;
let redis: Redis;
let round = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

/** Its ticks come when a test says so. */
const NO_TICKS = 3_600_000;

/** As many limiters as asked for, which know of each other, and a clock. */
function limiters(count: number, perSecond: number, maxSenders?: number) {
  const clock = { ms: 0 };
  const keys = createKeys(`rate${++round}`);
  const policy = { perSecond, burst: perSecond };
  const all = Array.from({ length: count }, () => {
    return new RateLimiter({
      perSecond,
      clockMs: () => clock.ms,
      tell: (spendings) => spendRates(redis, keys, policy, spendings, clock.ms),
      tickMs: NO_TICKS,
      ...(maxSenders === undefined ? {} : { maxSenders }),
    });
  });
  const stack = new DisposableStack();
  for (const limiter of all) stack.use(limiter);
  return { all, clock, [Symbol.dispose]: () => stack.dispose() };
}

test("a burst, then the rate; refusals cost nothing", () => {
  using under = limiters(1, 5);
  const [limiter] = under.all;
  const take = () => limiter?.take("a");
  expect(Array.from({ length: 7 }, () => take()?.allowed)).toEqual([
    ...[true, true, true, true, true],
    ...[false, false],
  ]);
  expect(take()).toEqual({
    allowed: false,
    remaining: 0,
    resetSeconds: 1,
    retryAfterSeconds: 1,
  });
  expect(limiter?.take("b").allowed).toBe(true);
  under.clock.ms += 200;
  expect([take()?.allowed, take()?.allowed]).toEqual([true, false]);
  under.clock.ms += 60_000;
  expect(take()).toMatchObject({ allowed: true, remaining: 4, resetSeconds: 1 });
});

test.each([2, 3])("%i processes keep one limit, however the load is spread", async (count) => {
  const perSecond = 50;
  const seconds = 8;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(count - 1), { minLength: 1, maxLength: 20 }),
      async (spread) => {
        using under = limiters(count, perSecond);
        let passed = 0;
        let at = 0;
        for (; under.clock.ms < seconds * 1_000; under.clock.ms += 5) {
          // Four times what is allowed.
          const limiter = under.all[spread[at++ % spread.length] ?? 0];
          if (limiter?.take("a").allowed) passed += 1;
          if (under.clock.ms % 100 === 95) for (const one of under.all) await one.sync();
        }
        expect(passed).toBeGreaterThanOrEqual(perSecond * seconds);
        // A burst, and what the others let through before they hear of each other: a tick's worth.
        const overshoot = (count - 1) * (perSecond / 10 + 5);
        expect(passed).toBeLessThanOrEqual(perSecond * (seconds + 1) + overshoot);
      },
    ),
    { numRuns: 12 },
  );
});

test("all at once: each process lets one burst through, and together they pay it back", async () => {
  using under = limiters(2, 100);
  const rush = () =>
    under.all
      .flatMap((limiter) => Array.from({ length: 500 }, () => limiter.take("a").allowed))
      .filter(Boolean).length;
  const sync = async () => {
    for (const one of under.all) await one.sync();
  };
  expect(rush()).toBe(200);
  await sync();
  let passed = 200;
  for (let tick = 0; tick < 40; tick++) {
    under.clock.ms += 100;
    passed += rush();
    await sync();
  }
  expect(passed).toBeGreaterThanOrEqual(400);
  expect(passed).toBeLessThanOrEqual(100 * 5 + 20);
});

test("while the others can't be reached, what this process counts holds", async () => {
  const clock = { ms: 0 };
  using limiter = new RateLimiter({
    perSecond: 10,
    clockMs: () => clock.ms,
    tell: () => Promise.reject(new Error("away")),
    tickMs: NO_TICKS,
  });
  let passed = 0;
  for (; clock.ms < 10_000; clock.ms += 10) {
    if (limiter.take("a").allowed) passed += 1;
    if (clock.ms % 100 === 90) await limiter.sync();
  }
  expect(passed).toBeGreaterThanOrEqual(100);
  expect(passed).toBeLessThanOrEqual(111);
});

test("what comes back while the others are told is not lost", async () => {
  const clock = { ms: 0 };
  using limiter = new RateLimiter({
    perSecond: 10,
    clockMs: () => clock.ms,
    tell: async () => {
      clock.ms += 500;
      return [0];
    },
    tickMs: NO_TICKS,
  });
  for (let i = 0; i < 10; i++) limiter.take("a");
  await limiter.sync();
  expect(limiter.take("a")).toMatchObject({ allowed: true, remaining: 4 });
});

test("memory is bounded: above a number of senders, the rest share one bucket", async () => {
  using under = limiters(1, 5, 100);
  const [limiter] = under.all;
  for (let i = 0; i < 100; i++) expect(limiter?.take(`s${i}`).allowed).toBe(true);
  const shared = Array.from({ length: 1_000 }, (_, i) => limiter?.take(`x${i}`).allowed);
  expect(shared.filter(Boolean).length).toBe(5);
  expect(limiter?.senders).toBe(101);
  expect(limiter?.take("s1").allowed).toBe(true);
  await limiter?.sync();
  under.clock.ms += 10_000;
  for (let tick = 0; tick < 50; tick++) await limiter?.sync();
  expect(limiter?.senders).toBe(0);
});
