import { randomBytes } from "node:crypto";
import { createLogger, Notices } from "@taskpulse/runtime";
import {
  changeSubscription,
  createDeliveries,
  readSubscription,
  testDelivery,
} from "@taskpulse/store";
import { capturedLog, until } from "@taskpulse/test-kit";
import { generateSecret, parseSecrets } from "@taskpulse/webhook";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { deliver, deliveryReaches } from "../fixtures/deliveries-under-test.ts";
import { type RunsUnderTest, startRunsUnderTest } from "../fixtures/runs-under-test.ts";
import { subscribe } from "../fixtures/subscribe.ts";
import type { Callers } from "./callers.ts";
import { DeliverySender } from "./delivery-sender.ts";
import { SubscriptionBook } from "./subscription-book.ts";
import type { CallResult, WebhookMessage } from "./webhook-caller.ts";

let runs: RunsUnderTest;

beforeAll(async () => {
  runs = await startRunsUnderTest();
});
beforeEach(async () => {
  await runs.redis.flushall();
});
afterAll(() => runs[Symbol.asyncDispose]());

const DELIVERED: CallResult = { kind: "delivered", status: 200 };

function start(callers: Record<string, (message: WebhookMessage) => Promise<CallResult>>) {
  const { redis, keys } = runs;
  const parsed = parseSecrets(generateSecret(randomBytes));
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  const log = capturedLog();
  const logger = createLogger("worker", "info", log.stream);
  const notices = new Notices(logger);
  const counts = { tried: 0, ended: 0 };
  const sender = new DeliverySender({
    ...{ redis, keys, notices, log: logger },
    book: new SubscriptionBook(redis, keys, () => parsed.secrets),
    callers: new Map(Object.entries(callers).map(([name, call]) => [name, { call }])) as Callers,
    metrics: {
      tried: () => {
        counts.tried += 1;
      },
      ended: () => {
        counts.ended += 1;
      },
    },
  });
  return {
    ...{ sender, log, counts },
    async [Symbol.asyncDispose]() {
      await sender[Symbol.asyncDispose]();
      notices[Symbol.dispose]();
    },
  };
}

test("a caller that throws is logged once, its delivery fails, and the others work", async () => {
  const seen: string[] = [];
  await using started = start({
    broken: () => {
      throw new Error("oh no");
    },
    fine: async ({ id }) => {
      seen.push(id);
      return DELIVERED;
    },
  });
  const asked = { max_retries: 1, retry_intervals: [0] };
  const [first = "", second = ""] = await deliver(
    runs,
    ["http://a.example/", "http://a.example/"],
    asked,
    "broken",
  );
  const [fine = ""] = await deliver(runs, ["http://a.example/"], {}, "fine");
  started.sender.lookNow();
  await deliveryReaches(runs, fine, "delivered");
  const failed = await deliveryReaches(runs, first, "failed");
  await deliveryReaches(runs, second, "failed");
  expect(seen).toEqual([fine]);
  expect(failed).toMatchObject({
    why: "the caller failed (try 2 of 2)",
    attempts: [{ error: { type: "CallerError" } }, { error: { type: "CallerError" } }],
  });
  const complaints = started.log.lines().filter(({ caller }) => caller === "broken");
  expect(complaints).toMatchObject([{ err: { message: "oh no" } }]);
});

test("failures are warned of in a number of lines that receivers can't choose", async () => {
  await using started = start({
    basic: async () => ({
      ...{ kind: "failed", retryable: true, status: 404, reply: "no" },
      error: { type: "HttpError", message: "HTTP 404", status: 404 },
    }),
  });
  const urls = Array.from({ length: 200 }, (_, i) => `http://h${i}.example/?token=secret`);
  const ids = await deliver(runs, urls, { max_retries: 0 });
  started.sender.lookNow();
  for (const id of ids) await deliveryReaches(runs, id, "failed");
  const warnings = started.log.lines().filter(({ reason }) => reason === "webhook_failed");
  expect(warnings.length).toBe(1);
  expect(started.log.text()).not.toContain("secret");
  expect(started.counts).toEqual({ tried: 200, ended: 200 });
});

test("no more than ten go to one address at a time, and no more than fifty in all", async () => {
  const open = new Map<string, number>();
  let most = 0;
  let mostOfOne = 0;
  let release: () => void = () => {};
  let gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using started = start({
    basic: async ({ url }) => {
      open.set(url, (open.get(url) ?? 0) + 1);
      most = Math.max(
        most,
        [...open.values()].reduce((sum, n) => sum + n, 0),
      );
      mostOfOne = Math.max(mostOfOne, ...open.values());
      await gate;
      open.set(url, (open.get(url) ?? 0) - 1);
      return DELIVERED;
    },
  });
  const hosts = Array.from({ length: 5 }, (_, i) => `http://h${i}.example/`);
  // The first of each shows that it is well.
  release();
  const first = await deliver(runs, hosts);
  started.sender.lookNow();
  for (const id of first) await deliveryReaches(runs, id, "delivered");
  gate = new Promise((resolve) => {
    release = resolve;
  });
  const all = await deliver(runs, Array.from({ length: 40 }, () => hosts).flat());
  started.sender.lookNow();
  await until(() => started.sender.underWay === 50);
  release();
  for (const id of all) await deliveryReaches(runs, id, "delivered");
  expect(most).toBe(50);
  expect(mostOfOne).toBe(10);
});

test("what is signed with follows from the subscription, also right after a change", async () => {
  const used: number[] = [];
  await using started = start({
    basic: async ({ secrets }) => {
      used.push(secrets.length);
      return DELIVERED;
    },
  });
  const { redis, keys } = runs;
  const subscriptionid = await subscribe(runs, { url: "http://a.example/" });
  const send = async () => {
    const stored = await readSubscription(redis, keys, subscriptionid);
    if (stored === null) throw new Error("it is gone");
    const delivery = testDelivery(subscriptionid, stored, `n${used.length}`, Date.now());
    await createDeliveries(redis, keys, [delivery]);
    started.sender.lookNow();
    await deliveryReaches(runs, delivery.deliveryid, "delivered");
  };
  await send();
  await changeSubscription(redis, keys, subscriptionid, (record) => ({
    ...record,
    secret: { version: 2, previousUntil: Date.now() + 60_000 },
  }));
  await send();
  expect(used).toEqual([1, 2]);
});

test("idle, it asks Redis for little", async () => {
  await using started = start({ basic: async () => DELIVERED });
  await deliver(runs, ["http://a.example/"]);
  started.sender.lookNow();
  await until(() => started.counts.ended === 1);
  const sent = async () =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await runs.redis.info("commandstats"))?.[1] ?? 0);
  const before = await sent();
  const since = performance.now();
  await until(() => performance.now() - since > 6_000);
  expect((await sent()) - before).toBeLessThanOrEqual(3);
});
