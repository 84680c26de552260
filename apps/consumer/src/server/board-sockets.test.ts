import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Frame, Snapshot, StoreReach } from "@taskpulse/contract";
import { freePort, startRedis, type TestRedis, tcpProxy, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { contractBoard } from "../fixtures/contract-board.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";

let redis: TestRedis;
const running: RunningConsumer[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const consumer of running.splice(0)) await consumer[Symbol.asyncDispose]();
});
afterAll(() => redis[Symbol.asyncDispose]());

async function start(): Promise<RunningConsumer> {
  const consumer = await runConsumer(redis.url);
  running.push(consumer);
  return consumer;
}

let nextId = 0;
const tasks = (count: number, fields: Record<string, unknown> = {}) =>
  Array.from({ length: count }, () => ({
    batchid: "sockets",
    id: nextId++,
    owner: "Ann",
    priority: "Major",
    ...fields,
  }));

async function total(consumer: RunningConsumer): Promise<number> {
  const response = await fetch(`${consumer.origin}/api/summary`);
  return ((await response.json()) as { total: number }).total;
}

test("every board on every consumer shows the same, frame by frame", async () => {
  const [one, two] = [await start(), await start()];
  const boards = [await one.board(), await one.board(), await two.board()].map(contractBoard);
  await until(() => boards.every((board) => board.totals() !== null));
  const before = await total(one);
  for (let i = 0; i < 10; i++) {
    await one.send(tasks(20));
    await two.send(tasks(5));
  }
  await until(() => boards.every((board) => board.totals()?.total === before + 250));
  for (const board of boards) {
    expect(board.totals()).toEqual(boards[0]?.totals());
    expect(board.taskids().size).toBeGreaterThanOrEqual(250);
    const added = board.frames.reduce((sum, frame) => sum + frame.tasks.length + frame.skipped, 0);
    expect(added).toBeGreaterThanOrEqual(200);
  }
});

test("an answer to subscribe includes every task that was acknowledged before", async () => {
  const consumer = await start();
  const board = await consumer.board();
  for (let i = 0; i < 20; i++) {
    await consumer.send(tasks(1));
    const expected = await total(consumer);
    const snapshot: Snapshot = await board.emitWithAck("subscribe", {}).then((answer) => {
      if ("error" in answer) throw new Error(answer.error);
      return answer;
    });
    expect(snapshot.summary.total).toBe(expected);
  }
});

test("idle, a frame goes out at once; heartbeats follow, so that a lost frame is noticed", async () => {
  const consumer = await start();
  const client = await consumer.board();
  const board = contractBoard(client);
  await until(() => board.totals() !== null);
  const listener = client.listeners("frame")[0];
  if (listener === undefined) throw new Error("the board listens to frames");
  client.off("frame", listener);
  const lost: Frame[] = [];
  const lose = (frame: Frame) => lost.push(frame);
  client.on("frame", lose);
  await consumer.send(tasks(1));
  await until(() => lost.some((frame) => frame.tasks.length > 0));
  client.off("frame", lose);
  client.on("frame", listener);
  const expected = await total(consumer);
  await until(() => board.totals()?.total === expected, { timeoutMs: 5_000 });
  expect(board.resyncs()).toBeGreaterThanOrEqual(1);
});

test("msg: one JSON string per task received from the join on, none for a repeat", async () => {
  const [one, two] = [await start(), await start()];
  const [early, repeated] = tasks(2);
  await one.send(early);
  const client = await two.board();
  const messages: unknown[] = [];
  client.on("msg", (text) => messages.push(JSON.parse(text)));
  client.emit("join_room");
  client.emit("join_room");
  const marker = tasks(1, { batchid: "marker" })[0];
  await until(async () => {
    await one.send({ ...marker, id: nextId++ });
    return messages.length > 0;
  });
  messages.length = 0;
  const many = tasks(700, { note: "kept" });
  await one.send([repeated, repeated, ...many]);
  await one.send(repeated);
  await one.send(early);
  const last = tasks(1)[0];
  await one.send(last);
  await until(
    () => messages.length > 0 && JSON.stringify(messages.at(-1)) === JSON.stringify(last),
  );
  expect(messages.filter((m) => (m as { batchid: string }).batchid !== "marker")).toEqual([
    repeated,
    ...many,
    last,
  ]);
});

test.each([[5], ["x"], [{ since: 5 }], [{ since: "x".repeat(300) }]])(
  "subscribe(%j) is refused with a sentence",
  async (request) => {
    const client = await (await start()).board();
    // What a program in another language could send.
    const answer = await client
      .timeout(2_000)
      .emitWithAck("subscribe", request as { since?: string });
    expect(answer).toEqual({ error: "subscribe takes {since?: cursor}" });
  },
);

test("the options of subscribe may be left out", async () => {
  const client = await (await start()).board();
  const answer = await new Promise((resolve) => {
    // What the types do not say, and programs in other languages do.
    (client as unknown as { emit(event: string, ack: unknown): void }).emit("subscribe", resolve);
  });
  expect(answer).toMatchObject({ gap: 0, summary: { epoch: expect.any(String) } });
});

test("many that listen to every task get all of it, and whoever sends is answered meanwhile", async () => {
  const consumer = await start();
  const received = new Map<number, number>();
  for (let i = 0; i < 40; i++) {
    const client = await consumer.board();
    client.on("msg", () => received.set(i, (received.get(i) ?? 0) + 1));
    client.emit("join_room");
  }
  await until(async () => {
    await consumer.send(tasks(1));
    return received.size === 40;
  });
  // Later than 1.7 s it would be a 503; what the messages may take, msg-dialect.test.ts holds to.
  for (let i = 0; i < 40; i++) expect((await consumer.send(tasks(100))).status).toBe(200);
  await until(() => [...received.values()].every((count) => count >= 4_001), { timeoutMs: 20_000 });
});

test("without an acknowledgement, subscribe does nothing and harms nobody", async () => {
  const consumer = await start();
  const client = await consumer.board();
  client.emit("subscribe", {}, "no function" as unknown as () => void);
  client.emit("subscribe", undefined, undefined as unknown as () => void);
  expect((await consumer.send(tasks(1))).status).toBe(200);
});

test("a consumer that relays is killed: the boards of the other go on and miss nothing", async () => {
  const port = await freePort();
  const child = spawn(process.execPath, ["src/main.ts", "--api-only"], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...process.env, CONSUMER_PORT: String(port), REDIS_URL: redis.url, LOG_LEVEL: "silent" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  children.push(child);
  await once(child, "message");
  const client = new Redis(redis.url);
  const leader = await until(() => client.get("tp:{0}:lease:relay"));
  const survivor = await start();
  const board = contractBoard(await survivor.board());
  await until(() => board.totals() !== null);
  const load = async () => {
    for (let i = 0; i < 60; i++) {
      await survivor.send(tasks(3));
      if (i === 20) child.kill("SIGKILL");
    }
  };
  await load();
  const expected = await total(survivor);
  await until(() => board.totals()?.total === expected, { timeoutMs: 6_000 });
  expect(await client.get("tp:{0}:lease:relay")).not.toBe(leader);
  client.disconnect();
});

test("Redis frozen, then killed: boards are told, and show everything once it is back", async () => {
  const consumer = await start();
  const client = await consumer.board();
  const board = contractBoard(client);
  const reaches: StoreReach[] = [];
  client.on("store:changed", (reach) => reaches.push(reach));
  await until(() => board.totals() !== null);
  await redis.kill("SIGSTOP");
  try {
    await until(() => reaches.at(-1) === "away", { timeoutMs: 5_000 });
    const late: StoreReach[] = [];
    const second = await consumer.board();
    second.on("store:changed", (reach) => late.push(reach));
    expect(await second.timeout(2_500).emitWithAck("subscribe", {})).toMatchObject({
      error: expect.any(String),
    });
  } finally {
    await redis.kill("SIGCONT");
  }
  await until(() => reaches.at(-1) === "back");
  await redis.kill("SIGKILL");
  await until(() => reaches.at(-1) === "away");
  await redis.restart();
  await until(() => reaches.at(-1) === "back");
  await until(async () => (await consumer.send(tasks(4))).status === 200);
  const expected = await total(consumer);
  await until(() => board.totals()?.total === expected);
});

test("connections that die without a word: noticed, replaced, and nothing is missed", async () => {
  await using proxy = await tcpProxy({ target: redis.url });
  const other = await start();
  const consumer = await runConsumer(`redis://${proxy.host}`);
  running.push(consumer);
  const client = await consumer.board();
  const board = contractBoard(client);
  const messages: string[] = [];
  client.on("msg", (text) => messages.push(text));
  client.emit("join_room");
  await until(() => board.totals() !== null);
  await until(async () => {
    await other.send(tasks(1));
    return messages.length > 0;
  });
  proxy.strand();
  const [marker] = tasks(1, { batchid: "after" });
  await other.send(marker);
  const expected = await total(other);
  await until(() => board.totals()?.total === expected, { timeoutMs: 20_000 });
  await until(() => messages.includes(JSON.stringify(marker)), { timeoutMs: 20_000 });
  await until(async () => (await consumer.send(tasks(1))).status === 200);
});

test("a client that takes nothing is dropped, the others are not", async () => {
  const consumer = await start();
  const [slow, quick] = [await consumer.board(), await consumer.board()];
  const board = contractBoard(quick);
  await slow.emitWithAck("subscribe", {});
  const transport = slow.io.engine.transport as unknown as { ws: { pause(): void } };
  transport.ws.pause();
  const wide = { batchid: "w".repeat(200), owner: "o".repeat(200) };
  const metrics = async () => (await fetch(`${consumer.origin}/metrics`)).text();
  await until(
    async () => {
      await consumer.send(tasks(200, wide));
      return /taskpulse_boards_connected\{part="consumer"\} 1\b/.test(await metrics());
    },
    { timeoutMs: 15_000 },
  );
  expect(quick.connected).toBe(true);
  const expected = await total(consumer);
  await until(() => board.totals()?.total === expected);
});
