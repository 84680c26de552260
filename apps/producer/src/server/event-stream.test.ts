import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { createConnections, createLogger } from "@taskpulse/runtime";
import { createBatch, createKeys, recordOutcomes } from "@taskpulse/store";
import { captureServer, startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEvents, startProducerUnderTest } from "../fixtures/producer-under-test.ts";
import { BatchNews } from "./batch-news.ts";
import { EVENT_STREAM_LIMITS, streamEvents } from "./event-stream.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

test("resumes exactly after the given event, begins at the last n, and says 204 after the end", async () => {
  await using receiver = await captureServer();
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: receiver.url,
  });
  const { batchid } = await producer.start({ count: 1_200, waitSeconds: 0, concurrency: 32 });
  // Read while it runs: the stream ends by itself.
  const all = await producer.events(batchid);
  expect(all.length).toBe(1_201);
  expect(new Set(all.map(({ id }) => id)).size).toBe(1_201);
  expect(await producer.events(batchid)).toEqual(all);

  for (const at of [0, 499, 500, 1_199]) {
    expect(await producer.events(batchid, "", all[at]?.id)).toEqual(all.slice(at + 1));
  }
  expect(await producer.events(batchid, `?after=${all[700]?.id}`)).toEqual(all.slice(701));
  // n counts outcomes: the end comes besides. More than is sent at most is as much as that.
  for (const n of [0, 1, 7, 999, 1_000, 1_001, 1_200, 5_000, 10 ** 12]) {
    expect(await producer.events(batchid, `?tail=${n}`)).toEqual(all.slice(-n - 1));
  }

  const newest = await producer.call("GET", `/api/batches/${batchid}/outcomes?limit=10`);
  expect(newest.body).toEqual({
    outcomes: all.slice(-11, -1).map(({ data }) => data),
    lastEventId: all.at(-1)?.id,
  });

  const url = `${producer.url}/api/batches/${batchid}/events`;
  const end = all.at(-1)?.id ?? "";
  const resumed = await fetch(url, { headers: { "last-event-id": end } });
  expect(resumed.status).toBe(204);
  for (const [query, lastEventId] of [
    ["?tail=-1", ""],
    ["?tail=x", ""],
    ["", "not-an-id"],
  ] as const) {
    const refused = await fetch(url + query, { headers: { "last-event-id": lastEventId } });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: "invalid_request" });
  }
});

test("a comment keeps an idle stream open, totals follow changes, headers forbid buffering", async () => {
  await using receiver = await captureServer();
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: receiver.url,
    streamLimits: { ...EVENT_STREAM_LIMITS, commentEveryMs: 40 },
  });
  const { batchid } = await producer.start({ count: 10, waitSeconds: 3_600 });
  const response = await fetch(`${producer.url}/api/batches/${batchid}/events?totals=1`);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  let text = "";
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  })();
  await until(() => text.split("\n").filter((line) => line === ":").length >= 3);
  const states = () =>
    parseEvents(text).flatMap(({ event, data }) => (event === "batch" ? [data.state] : []));
  await until(() => states().includes("running"));
  await producer.call("POST", `/api/batches/${batchid}/pause`);
  await until(() => states().includes("paused"));
  await producer.call("POST", `/api/batches/${batchid}/cancel`);
  await reading;
  expect(states().at(-1)).toBe("cancelled");
  expect(parseEvents(text).map(({ event }) => event)).toContain("task");
  expect(parseEvents(text).at(-1)?.event).toBe("done");
});

test("streams stay open while Redis is away and go on where they were", async () => {
  await using own = await startRedis();
  await using receiver = await captureServer();
  await using producer = await startProducerUnderTest({
    redisUrl: own.url,
    receiverUrl: receiver.url,
  });
  const { batchid } = await producer.start({ count: 400, waitSeconds: 0.01, concurrency: 4 });
  const reading = producer.events(batchid);
  await receiver.received(40);
  await own.kill();
  await own.restart();
  const indexes = (await reading).flatMap(({ event, data }) =>
    event === "task" ? [data.index] : [],
  );
  expect(indexes.length).toBe(400);
  expect(new Set(indexes).size).toBe(400);
});

test("tells its listener when the store does not answer and when it does again", async () => {
  await using own = await startRedis();
  await using receiver = await captureServer();
  await using producer = await startProducerUnderTest({
    redisUrl: own.url,
    receiverUrl: receiver.url,
    streamLimits: { ...EVENT_STREAM_LIMITS, lookEveryMs: 50 },
  });
  const { batchid } = await producer.start({ count: 10, waitSeconds: 3_600 });
  const leaves = new AbortController();
  const response = await fetch(`${producer.url}/api/batches/${batchid}/events`, {
    signal: leaves.signal,
  });
  let text = "";
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  })().catch(() => {});
  await until(() => text.includes("event: task"));
  const told = () =>
    text.split("\n\n").flatMap((event) => (event.startsWith("event: store") ? [event] : []));
  process.kill(own.pid, "SIGSTOP");
  await until(() => told().length === 1);
  process.kill(own.pid, "SIGCONT");
  await until(() => told().length === 2);
  expect(told()).toEqual(
    ["away", "back"].map((state) => `event: store\ndata: {"state":"${state}"}`),
  );
  leaves.abort();
  await reading;
});

test("a listener that takes nothing is dropped", async () => {
  // More than the sockets' buffers hold.
  await using stored = await storeEnded(20_000);
  const socket = connect(stored.port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  expect(await stored.streamed).toBe("resolved");
  // It opens its ear only now: what was on the way ends before the batch does.
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  await once(socket, "close");
  expect(text).toContain("event: task");
  expect(text).not.toContain("event: done");
});

test("starts a batch by curl and streams it", async () => {
  await using receiver = await captureServer();
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: receiver.url,
  });
  const response = await fetch(`${producer.url}/producetasks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ count: 3, waitSeconds: 0 }),
  });
  const events = parseEvents(await response.text());
  expect(events.map(({ event }) => event)).toEqual(["task", "task", "task", "done"]);

  const abort = new AbortController();
  const plain = await fetch(`${producer.url}/producetasks`, {
    method: "POST",
    signal: abort.signal,
  });
  expect(plain.status).toBe(200);
  await receiver.received(4);
  abort.abort();
  // The batch is the server's: it goes on without its listener.
  const { body } = await producer.call("GET", "/api/batches?limit=1");
  const [newest] = (body as { batches: { batchid: string; state: string }[] }).batches;
  expect(newest?.state).toBe("running");
});

/** Fails the second command that is sent through it, and counts all of them. */
function failingOnce(redis: Redis, failure: Error) {
  let commands = 0;
  const wrapped = new Proxy(redis, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        commands += 1;
        return commands === 2 ? Promise.reject(failure) : Reflect.apply(member, target, args);
      };
    },
  });
  return { redis: wrapped, commands: () => commands };
}

/** An ended batch, and a server that streams it to whoever connects. */
async function storeEnded(total: number, wrap = (own: Redis) => own) {
  const stack = new AsyncDisposableStack();
  const log = createLogger("test", "silent");
  const config = { redisUrl: redis.url };
  const connections = stack.use(createConnections({ config, part: "test", log }));
  const own = await connections.connect("batches");
  const keys = createKeys(`test${randomBytes(4).toString("hex")}`);
  const batch = { batchid: "b", total, waitSeconds: 0, concurrency: 1, seed: 1, mix: null };
  await createBatch(own, keys, batch, 1);
  for (let first = 0; first < total; first += 1_000) {
    const outcomes = Array.from({ length: Math.min(1_000, total - first) }, (_, i) => ({
      ...{ taskIndex: first + i, owner: "Ann Lee", priority: "Low" as const },
      ...{ status: 500, tries: 8, ms: 1 },
      result: { kind: "undelivered" as const, reason: "x".repeat(200) },
    }));
    await recordOutcomes(own, keys, "b", { token: "t", ttlMs: 1_000 }, outcomes, 2);
  }
  const news = stack.use(
    new BatchNews(await connections.connect("news", "listens"), keys, () => {}),
  );
  const closing = new AbortController().signal;
  const streamed = Promise.withResolvers<string>();
  const limits = { ...EVENT_STREAM_LIMITS, drainLimitMs: 150 };
  const server = createServer((_request, response) => {
    const request = { batch, after: "0-0", withTotals: false };
    const source = { redis: wrap(own), keys, news, closing };
    streamEvents(response, request, source, limits).then(
      () => streamed.resolve("resolved"),
      (error: unknown) => streamed.resolve(String(error)),
    );
  }).listen(0, "127.0.0.1");
  stack.defer(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    /** How the stream ended: "resolved", or its error. */
    streamed: streamed.promise,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Streams an ended batch of three tasks; its last event makes the stream read the batch's record. */
async function streamEnded(failure: Error) {
  let failing: ReturnType<typeof failingOnce> | undefined;
  await using stored = await storeEnded(3, (own) => {
    failing = failingOnce(own, failure);
    return failing.redis;
  });
  const response = await fetch(`http://127.0.0.1:${stored.port}/`);
  const events = parseEvents(await response.text()).map(({ event }) => event);
  return { events, commands: failing?.commands(), outcome: await stored.streamed };
}

test("what a step has read is not lost when the store goes away within the step", async () => {
  expect(await streamEnded(new Error("Connection is closed."))).toEqual({
    events: ["task", "task", "task", "done"],
    commands: 4,
    outcome: "resolved",
  });
});

test("a failure that is no outage ends the stream instead of being tried for ever", async () => {
  expect(await streamEnded(new SyntaxError("no record"))).toEqual({
    events: [],
    commands: 2,
    outcome: "SyntaxError: no record",
  });
});
