import { startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newTask } from "../fixtures/ingest-calls.ts";
import { chunk, rawConnection, requestHead, wholeRequest } from "../fixtures/raw-connection.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";

const HELD_BYTES = 6_291_456;

let redis: TestRedis;
let consumer: RunningConsumer;
/** Cuts slow clients after tenths of a second. */
let hasty: RunningConsumer;

beforeAll(async () => {
  redis = await startRedis();
  consumer = await runConsumer(redis.url, {}, { maxHeldBytes: HELD_BYTES });
  const timeouts = { headersMs: 200, requestMs: 400, checkMs: 20 };
  hasty = await runConsumer(redis.url, {}, { timeouts });
});
afterAll(async () => {
  await consumer[Symbol.asyncDispose]();
  await hasty[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const body = () => JSON.stringify(newTask());
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, s]) => Number(s));
const CHUNKED = { "transfer-encoding": "chunked" };

async function heldBytes(): Promise<number> {
  const text = await (await fetch(`${consumer.origin}/metrics`)).text();
  return Number(/^taskpulse_ingest_held_bytes\S* (\d+)/m.exec(text)?.[1]);
}

test.each([
  ["says nothing", ""],
  ["sends half of its headers", "POST /consumetasks HTTP/1.1\r\nHost: a\r\nContent-"],
  ["sends half of its body", `${requestHead("[]", { "content-length": "1000" })}[`],
  ["sends half of a chunk", `${requestHead("[]", CHUNKED)}ff\r\n[`],
])("whoever %s is answered 408 and cut", async (_what, bytes) => {
  using slow = await rawConnection(hasty.port);
  await slow.write(bytes);
  const text = await slow.untilClosed();
  expect(statuses(text)).toEqual([408]);
  expect(text).toContain('"code":"request_timeout"');
});

test.each([
  ["headers", "", "POST /consumetasks HTTP/1.1\r\nx-slow: "],
  ["a body", requestHead("[]", { "content-length": "1000" }), ""],
])("one byte now and then does not keep a connection: of %s", async (_what, head, slowly) => {
  using slow = await rawConnection(hasty.port);
  await slow.write(head);
  let at = 0;
  const dripping = setInterval(() => void slow.write(slowly.charAt(at++) || "x"), 10);
  try {
    expect(statuses(await slow.untilClosed())).toEqual([408]);
  } finally {
    clearInterval(dripping);
  }
});

test("a body in chunks is taken, whatever their sizes, and the connection stays", async () => {
  using client = await rawConnection(consumer.port);
  for (const pieces of [[body()], [...body()], body().split(/(?=,)/)]) {
    const text = pieces.join("");
    await client.write(requestHead(text, CHUNKED) + [...pieces, ""].map(chunk).join(""));
  }
  await until(() => statuses(client.text()).length === 3);
  expect(statuses(client.text())).toEqual([200, 200, 200]);
});

test("too large by its own word: 413 at once, before any of it has come", async () => {
  using client = await rawConnection(consumer.port);
  await client.write(requestHead("", { "content-length": "1048577" }));
  const text = await client.sees(/body_too_large/);
  expect(statuses(text)).toEqual([413]);
  expect(text).toMatch(/connection: close/i);
});

test.each([
  ["by its own word", { "content-length": "100000000" }, (piece: string) => piece],
  ["as its chunks come", CHUNKED, chunk],
])("a client that goes on sending sees the 413, and is cut: %s", async (_how, headers, pieceOf) => {
  using client = await rawConnection(consumer.port);
  await client.write(requestHead("", headers));
  const piece = pieceOf("x".repeat(65_536));
  let sentBytes = 0;
  while (client.socket.writable && sentBytes < 100_000_000) {
    await client.write(piece);
    sentBytes += piece.length;
  }
  expect(statuses(await client.untilClosed())).toEqual([413]);
  expect(sentBytes).toBeLessThan(30_000_000);
  expect(await heldBytes()).toBe(0);
});

const LARGE = requestHead("", { "content-length": "1000000" });
/** `count` connections of an address, each with as much of a large body. */
async function holdLarge(address: string, count: number, bytes: number) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await rawConnection(consumer.port, address);
      await client.write(LARGE + "x".repeat(bytes));
      return client;
    }),
  );
}
const answered = (clients: { text(): string }[]) =>
  clients.flatMap((client) => statuses(client.text()));

test("one network fills its share: 503 for it at once, bodies of others and small tasks pass", async () => {
  const holding = await holdLarge("127.0.0.9", 20, 600_000);
  await until(() => answered(holding).length >= 18);
  expect(new Set(answered(holding))).toEqual(new Set([503]));
  const [refused] = holding.filter((client) => statuses(client.text()).length === 1);
  const text = (await refused?.sees(/"code":"overloaded"/)) ?? "";
  expect(text).toMatch(/retry-after: 1\r\n/i);
  // In one piece.
  using same = await rawConnection(consumer.port, "127.0.0.9");
  await same.write(wholeRequest(body()));
  await same.sees(/"accepted":1/);
  // From another network, in parts.
  const large = newTask({ note: "x".repeat(800_000) });
  expect((await consumer.send(large)).status).toBe(200);
  for (const client of holding) client[Symbol.dispose]();
  await until(async () => (await heldBytes()) === 0);
});

test("many networks fill the room, and what is small still finds some, in parts too", async () => {
  const addresses = Array.from({ length: 25 }, (_, i) => `127.0.1.${i + 1}`);
  const holding = (await Promise.all(addresses.map((a) => holdLarge(a, 3, 500_000)))).flat();
  using late = await rawConnection(consumer.port);
  await until(() => answered(holding).length > 40);
  await late.write(LARGE + "x".repeat(900_000));
  expect(statuses(await late.sees(/"code":"overloaded"/))).toEqual([503]);
  using small = await rawConnection(consumer.port);
  const text = JSON.stringify(newTask({ note: "x".repeat(50_000) }));
  const request = wholeRequest(text);
  await small.write(request.slice(0, 30_000));
  await until(async () => (await heldBytes()) > 0);
  await small.write(request.slice(30_000));
  await small.sees(/"accepted":1/);
  for (const client of holding) client[Symbol.dispose]();
  await until(async () => (await heldBytes()) === 0);
  expect((await consumer.send(newTask({ note: "x".repeat(500_000) }))).status).toBe(200);
});

test("pieces of one byte count for what they cost", async () => {
  using client = await rawConnection(consumer.port);
  await client.write(requestHead("", CHUNKED));
  const many = chunk("x").repeat(1_000);
  for (let i = 0; i < 10 && !/HTTP/.test(client.text()); i++) await client.write(many);
  expect(statuses(await client.sees(/HTTP/))).toEqual([503]);
  await until(async () => (await heldBytes()) === 0);
});

test("a Content-Length that is too small: the rest is no second task", async () => {
  using client = await rawConnection(consumer.port);
  const [one, two] = [body(), body()];
  await client.write(requestHead(one, { "content-length": String(one.length) }) + one + two);
  expect(statuses(await client.untilClosed())).toEqual([200, 400]);
  using torn = await rawConnection(consumer.port);
  await torn.write(requestHead(one, { "content-length": "10" }) + one);
  expect(statuses(await torn.untilClosed())).toEqual([401, 400]);
});

test("a Content-Length that is too large is waited for until the time is over", async () => {
  using client = await rawConnection(hasty.port);
  const text = body();
  await client.write(requestHead(text, { "content-length": String(text.length + 1) }) + text);
  expect(statuses(await client.untilClosed())).toEqual([408]);
});

test("a task that is stored is acknowledged, whatever comes after it on the connection", async () => {
  using client = await rawConnection(consumer.port);
  await client.write(`${wholeRequest(body())}${wholeRequest(body())}NONSENSE\r\n\r\n`);
  expect(statuses(await client.untilClosed())).toEqual([200, 200, 400]);
});

test.each([
  ["two lengths", { "content-length": "2\r\ncontent-length: 3" }],
  ["a length that is no number", { "content-length": "0x2" }],
  ["a negative length", { "content-length": "-2" }],
  ["a length and chunks", { "content-length": "2", ...CHUNKED }],
  ["chunks and something after", { "transfer-encoding": "chunked, identity" }],
  ["something like chunks", { "transfer-encoding": "xchunked" }],
  ["a header without a name", { "": "x" }],
  ["a space before the colon", { "content-length ": "2" }],
  ["a folded header", { "x-a": "b\r\n c" }],
  ["a bare line feed", { "x-a": "b\nx-c: d" }],
])("ambiguous framing is refused and the connection ends: %s", async (_what, headers) => {
  using client = await rawConnection(consumer.port);
  await client.write(`${requestHead("[]", headers)}[]${wholeRequest(body())}`);
  expect(statuses(await client.untilClosed())).toEqual([400]);
});

test.each([
  ["a size that is no number", "zz\r\n[]\r\n0\r\n\r\n"],
  ["a chunk longer than it says", "1\r\n[]\r\n0\r\n\r\n"],
  ["a size without end", `${"f".repeat(40)}\r\n`],
])("broken chunks are answered 400 and the connection ends: %s", async (_what, chunks) => {
  using client = await rawConnection(consumer.port);
  await client.write(requestHead("[]", CHUNKED) + chunks);
  expect(statuses(await client.untilClosed())).toEqual([400]);
});

test("headers without end are answered 431, also to one who never stops", async () => {
  using client = await rawConnection(consumer.port);
  await client.write("POST /consumetasks HTTP/1.1\r\nHost: a\r\n");
  const line = `x-a: ${"y".repeat(1_000)}\r\n`;
  for (let i = 0; i < 10_000 && client.socket.writable; i++) await client.write(line);
  expect(statuses(await client.untilClosed())).toEqual([431]);
});

test("three thousand headers are read to the last one", async () => {
  using client = await rawConnection(consumer.port);
  const text = body();
  const [line = "", ...rest] = wholeRequest(text).split(/(?<=HTTP\/1\.1\r\n)/);
  await client.write(line + "a:\r\n".repeat(3_000) + rest.join(""));
  expect(statuses(await client.sees(/accepted/))).toEqual([200]);
});

test("Expect: 100-continue works, another expectation is refused", async () => {
  using client = await rawConnection(consumer.port);
  const text = body();
  const length = { "content-length": String(text.length) };
  await client.write(requestHead(text, { ...length, expect: "100-continue" }));
  await client.sees(/100 Continue/);
  await client.write(text);
  await client.sees(/"accepted":1/);
  using other = await rawConnection(consumer.port);
  await other.write(requestHead(text, { ...length, expect: "miracles" }) + text);
  expect(statuses(await other.sees(/HTTP/))).toEqual([417]);
});

test("what is refused after it has come leaves the connection as it is", async () => {
  using client = await rawConnection(consumer.port);
  await client.write(wholeRequest(body(), { "content-type": "text/plain" }));
  await client.sees(/unsupported_media_type/);
  await client.write(wholeRequest("{"));
  await client.sees(/invalid_json/);
  await client.write(wholeRequest(body()));
  await client.sees(/"accepted":1/);
  expect(statuses(client.text())).toEqual([415, 400, 200]);
});
