import { DELIVERY_STATES } from "@taskpulse/contract";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClaimedDelivery, releaseClaims, renewClaims } from "./delivery-claim.ts";
import { createDeliveries, type NewDelivery } from "./delivery-create.ts";
import { endpointOf } from "./delivery-keys.ts";
import { keepDeliveries } from "./delivery-prune.ts";
import { replayDelivery } from "./delivery-replay.ts";
import { enableEndpoint } from "./endpoint-read.ts";
import { claim, finish, newDelivery, passTime, retryIn, silence } from "./fixtures/deliveries.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";

let store: StoreUnderTest;

beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const URLS = [
  "http://a.example/1",
  "http://a.example/2",
  "http://b.example/",
  "http://c.example/?x",
];
const ENDINGS = {
  delivered: {},
  retry: retryIn(1_000),
  silence: silence(5_000),
  failed: { status: 500, next: { kind: "failed", why: "no" }, reached: "answered" },
  gone: { status: 410, next: { kind: "disable", why: "gone" }, reached: "answered" },
  paused: { ...retryIn(2_000), status: 429, pauseMs: 30_000 },
  unsent: { status: 0, next: { kind: "failed", why: "refused" }, reached: "unsent" },
} as const;

const step = fc.oneof(
  fc.record({
    do: fc.constant("make" as const),
    url: fc.nat(3),
    count: fc.integer({ min: 1, max: 12 }),
  }),
  fc.record({
    do: fc.constant("claim" as const),
    most: fc.integer({ min: 1, max: 20 }),
    unproven: fc.nat(20),
  }),
  fc.record({
    do: fc.constant("finish" as const),
    nth: fc.nat(30),
    how: fc.constantFrom(...(Object.keys(ENDINGS) as (keyof typeof ENDINGS)[])),
  }),
  fc.record({ do: fc.constant("release" as const), nth: fc.nat(30) }),
  fc.record({ do: fc.constant("renew" as const), nth: fc.nat(30) }),
  fc.record({
    do: fc.constant("pass" as const),
    ms: fc.constantFrom(1, 900, 5_001, 61_000, 400_000),
  }),
  fc.record({ do: fc.constant("replay" as const), nth: fc.nat(100) }),
  fc.record({ do: fc.constant("enable" as const), url: fc.nat(3) }),
  fc.record({ do: fc.constant("keep" as const), deliveries: fc.nat(20) }),
);

/** What the counters say must be what there is, and whatever is pending must have its turn coming. */
async function check(keys: Keys): Promise<void> {
  const { redis } = store;
  const P = keys.deliveryPrefix;
  const held: Record<string, number> = {};
  const endpoints = new Map<string, { pending: number; bytes: number; busy: number }>();
  const claims = await redis.zrange(`${P}claims`, "0", "-1");
  const ids = await redis.zrange(`${P}ids`, "0", "-1");
  let listed = 0;
  for (const state of DELIVERY_STATES) {
    const members = await redis.zrange(`${P}s:${state}`, "0", "-1");
    listed += members.length;
    held[state] = 0;
    for (const id of members) {
      const r = await redis.hgetall(`${P}r:${id}`);
      expect([id, r.state]).toEqual([id, state]);
      const attempts = await redis.lrange(`${P}a:${id}`, 0, -1);
      const chars = attempts.reduce((sum, json) => sum + json.length, 0);
      const request = (await redis.get(`${P}c:${id}`)) ?? "";
      const body = (await redis.hget(`${P}b:${r.body}`, "b")) ?? "";
      expect(body).not.toBe("");
      const json = request.slice(request.indexOf("\n") + 1);
      expect(Number(r.size)).toBe(600 + json.length + body.length + chars);
      held[state] += Number(r.size);
      if (state !== "pending") continue;
      const of = endpoints.get(r.ep ?? "") ?? { pending: 0, bytes: 0, busy: 0 };
      endpoints.set(r.ep ?? "", of);
      of.pending += 1;
      of.bytes += Number(r.size);
      const waits = (await redis.zscore(`${P}q:${r.ep}`, id)) !== null;
      const isClaimed = claims.includes(id);
      expect([id, waits, isClaimed]).toEqual([id, !isClaimed, !waits]);
      expect(r.claim !== undefined && r.claim !== "").toBe(isClaimed);
      if (isClaimed) of.busy += 1;
    }
  }
  expect(listed).toBe(ids.length);
  const totals = await redis.hgetall(`${P}totals`);
  for (const state of DELIVERY_STATES) {
    expect([state, Number(totals[`bytes:${state}`] ?? 0)]).toEqual([state, held[state]]);
  }
  for (const url of URLS) {
    const { endpointid } = endpointOf(url);
    const e = await redis.hgetall(`${P}e:${endpointid}`);
    const real = endpoints.get(endpointid) ?? { pending: 0, bytes: 0, busy: 0 };
    const said = {
      pending: Number(e.pending ?? 0),
      bytes: Number(e.bytes ?? 0),
      busy: Number(e.busy ?? 0),
    };
    expect([url, said]).toEqual([url, real]);
    expect(real.busy).toBeLessThanOrEqual(10);
    const waiting = await redis.zcard(`${P}q:${endpointid}`);
    const hasTurn = (await redis.zscore(`${P}ready`, endpointid)) !== null;
    // Without a turn it must have something under way, whose end gives it one.
    if (waiting > 0) expect(hasTurn || real.busy > 0).toBe(true);
    else expect(hasTurn).toBe(false);
  }
}

test("whatever happens in whatever order, counters are exact and everything gets its turn", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const keys = await store.fresh();
      const { redis } = store;
      const made: NewDelivery[] = [];
      let open: ClaimedDelivery[] = [];
      let claimNr = 0;
      const pick = (nth: number) => open[nth % Math.max(open.length, 1)];
      for (const each of steps) {
        switch (each.do) {
          case "make": {
            const url = URLS[each.url] ?? "";
            const more = Array.from({ length: each.count }, () => newDelivery(url));
            made.push(...more);
            await createDeliveries(redis, keys, [...more, ...made.slice(-2)]);
            break;
          }
          case "claim": {
            claimNr += 1;
            const wish = { most: each.most, mostUnproven: each.unproven, token: `w${claimNr}` };
            const { claimed } = await claim(redis, keys, wish);
            expect(claimed.length).toBeLessThanOrEqual(each.most);
            open.push(...claimed);
            break;
          }
          case "finish": {
            const one = pick(each.nth);
            if (one !== undefined) await finish(redis, keys, one, ENDINGS[each.how] as never);
            // Sometimes it is recorded a second time.
            if (each.nth % 3 > 0) open = open.filter((other) => other !== one);
            break;
          }
          case "release": {
            const one = pick(each.nth);
            if (one !== undefined) await releaseClaims(redis, keys, [one]);
            break;
          }
          case "renew": {
            const one = pick(each.nth);
            if (one !== undefined) await renewClaims(redis, keys, [one], 5_000);
            break;
          }
          case "pass":
            await passTime(redis, keys, each.ms);
            break;
          case "replay": {
            const one = made[each.nth % Math.max(made.length, 1)];
            if (one !== undefined) await replayDelivery(redis, keys, one.deliveryid);
            break;
          }
          case "enable":
            await enableEndpoint(redis, keys, endpointOf(URLS[each.url] ?? "").endpointid);
            break;
          case "keep": {
            const limits = { chars: 1_000_000, ageMs: 86_400_000, endpoints: 2 };
            await keepDeliveries(redis, keys, { ...limits, deliveries: each.deliveries });
            break;
          }
          default:
            each satisfies never;
        }
      }
      await check(keys);
      // From now on all is well: whatever is pending is delivered in the end.
      for (let round = 0; round < 100; round++) {
        await passTime(redis, keys, 400_000);
        const { claimed } = await claim(redis, keys, { token: `end${round}` });
        for (const one of claimed) await finish(redis, keys, one);
        if (claimed.length === 0) break;
      }
      expect(await redis.zcard(`${keys.deliveryPrefix}s:pending`)).toBe(0);
      await check(keys);
      await redis.flushall();
    }),
    { numRuns: 60 },
  );
}, 120_000);
