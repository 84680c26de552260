import { request } from "node:http";
import { parseExact } from "@taskpulse/contract";
import { startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newTask } from "../fixtures/ingest-calls.ts";
import { chunk, rawConnection, requestHead, wholeRequest } from "../fixtures/raw-connection.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";
import { signatureFor } from "../fixtures/signing.ts";
import { parseTasks } from "./parse-tasks.ts";

/** Per property; a slow machine tries less. */
const LIMIT_MS = 12_000;
const bounded = (numRuns: number) => ({
  numRuns,
  interruptAfterTimeLimit: LIMIT_MS,
  markInterruptAsFailure: false,
});

let redis: TestRedis;
let consumer: RunningConsumer;
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeAll(async () => {
  redis = await startRedis();
  const timeouts = { headersMs: 300, requestMs: 300, checkMs: 20 };
  consumer = await runConsumer(redis.url, {}, { timeouts });
  process.on("unhandledRejection", note);
  process.on("uncaughtException", note);
});
afterAll(async () => {
  process.off("unhandledRejection", note);
  process.off("uncaughtException", note);
  await consumer[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

/** Something that once was good. */
interface Change {
  at: number;
  removed: number;
  inserted: Uint8Array;
}
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(2_000),
  removed: fc.oneof(fc.nat(3), fc.nat(400)),
  inserted: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom(
        ...["\r\n", "\n", "\r", "\0", ":", " ", "{", "[", '"', "\\u", "\\ud800", "-", "1e999", ","],
        ...["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n"],
        ...["Connection: upgrade\r\nUpgrade: websocket\r\n", "HTTP/1.0", "HTTP/9.9", "0\r\n\r\n"],
      )
      .map((text) => new TextEncoder().encode(text)),
  ),
});

function changed(good: Buffer, changes: readonly Change[]): Buffer {
  let bytes = good;
  for (const { at, removed, inserted } of changes) {
    const from = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(from + removed)]);
  }
  return bytes;
}

const goodBody = JSON.stringify(
  newTask({
    raised_date: "2026-01-31T12:00:00Z",
    call: { url: "http://127.0.0.1/", method: "POST", args: { n: 9_007_199_254_740_991 } },
    retry_intervals: [1, 2.5],
    webhook: { url: "http://127.0.0.1/", headers: { a: "b" }, auth: ["u", "p"] },
    big: "PLACE",
  }),
).replace('"PLACE"', "12345678901234567890.5e-3");

test("the parser takes any bytes, and gives back what it was given", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    fc.json({ maxDepth: 5, stringUnit: "binary" }).map((text) => Buffer.from(text)),
    fc.array(change, { maxLength: 4 }).map((changes) => changed(Buffer.from(goodBody), changes)),
  );
  fc.assert(
    fc.property(bytes, (body) => {
      const parsed = parseTasks(body);
      expect(["tasks", "notJson", "notTasks"]).toContain(parsed.kind);
      if (parsed.kind !== "tasks") {
        expect(parsed.reason).toMatch(/\.$/);
        return;
      }
      const sent = parseExact(body.toString("utf8"));
      expect(JSON.stringify(parsed.tasks)).toBe(
        JSON.stringify(Array.isArray(sent) ? sent : [sent]),
      );
    }),
    bounded(10_000),
  );
  expect(parseTasks(Buffer.from(goodBody)).kind).toBe("tasks");
});

test("whatever the headers say, a request that was not signed is refused", async () => {
  // What Node.js can send; other bytes come further down.
  const value = fc.oneof(
    fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,60}$/),
    // Good ones, but of another body.
    fc.constantFrom(
      ...Object.values(signatureFor(`${goodBody} `)),
      "v1,",
      "v1a,AAAA",
      "0",
      "1e9",
      "",
    ),
  );
  const headers = fc.record(
    {
      "webhook-id": fc.oneof(value, fc.array(value, { maxLength: 3 })),
      "webhook-timestamp": fc.oneof(value, fc.constant(String(Math.floor(Date.now() / 1_000)))),
      "webhook-signature": fc.oneof(value, fc.array(value, { maxLength: 3 })),
      "content-type": fc.oneof({ weight: 4, arbitrary: fc.constant("application/json") }, value),
      "content-encoding": fc.constantFrom("identity", "gzip", "", "gzip, br"),
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(fc.constant(goodBody), fc.string({ unit: "binary", maxLength: 50 }));
  const post = (given: Record<string, string | string[]>, text: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const url = `${consumer.origin}/consumetasks`;
      request(url, { method: "POST", headers: given, agent: false }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      })
        .once("error", reject)
        .end(text);
    });
  await fc.assert(
    fc.asyncProperty(headers, body, async (given, text) => {
      expect([401, 415]).toContain(await post(given, text));
    }),
    bounded(800),
  );
});

test("whatever bytes come, each answer is one that was meant, and nobody waits for ever", async () => {
  const chunked = () =>
    requestHead(goodBody, { "transfer-encoding": "chunked" }) +
    [goodBody.slice(0, 20), goodBody.slice(20), ""].map(chunk).join("");
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    fc
      .tuple(fc.boolean(), fc.array(change, { minLength: 1, maxLength: 5 }))
      .map(([inChunks, changes]) =>
        changed(Buffer.from(inChunks ? chunked() : wholeRequest(goodBody)), changes),
      ),
  );
  const attempt = fc.record({ sent: bytes, inTwo: fc.boolean(), ends: fc.boolean() });
  // Side by side, because many of them wait for the server to lose its patience.
  const attempts = fc.array(attempt, { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(attempts, async (all) => {
      await Promise.all(all.map(expectMeant));
    }),
    bounded(12),
  );
});

async function expectMeant({ sent, inTwo, ends }: { sent: Buffer; inTwo: boolean; ends: boolean }) {
  using client = await rawConnection(consumer.port);
  const half = inTwo ? sent.length >> 1 : sent.length;
  await client.write(sent.subarray(0, half));
  await client.write(sent.subarray(half));
  // Otherwise the server has to answer or to end it, after the time it gives.
  if (ends) client.socket.end();
  else await client.write("\r\n\r\n");
  const answered = () => !ends && /HTTP\/1\.1 [2-5]/.test(client.text());
  await until(() => client.closed() || answered(), { what: "an answer or an end" });
  for (const [, status] of client.text().matchAll(/HTTP\/1\.1 (\d+)/g)) {
    expect([100, 200, 400, 401, 403, 404, 405, 408, 413, 415, 417, 431]).toContain(Number(status));
  }
}

test("after all that the consumer is as before, and nothing went unnoticed", async () => {
  expect((await consumer.send(newTask())).status).toBe(200);
  const metrics = await (await fetch(`${consumer.origin}/metrics`)).text();
  expect(metrics).toMatch(/^taskpulse_ingest_held_bytes\S* 0$/m);
  expect(unhandled).toEqual([]);
});
