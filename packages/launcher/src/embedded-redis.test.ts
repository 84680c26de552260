import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedis, until } from "@taskpulse/test-kit";
import { expect, it, onTestFinished } from "vitest";
import { EmbeddedRedis } from "./embedded-redis.ts";
import type { ProcessGroup } from "./process-group.ts";
import { findProgram } from "./programs.ts";
import { probeRedis } from "./redis-probe.ts";

const never = new AbortController().signal;

async function prepare(dataDir: string, oldRedisLimitMs?: number): Promise<EmbeddedRedis> {
  const program = (await findProgram("redis-server", "valkey-server")) ?? "";
  const limits = oldRedisLimitMs === undefined ? {} : { oldRedisLimitMs };
  const options = { program, dataDir, maxMemoryBytes: 64 * 1_048_576, ...limits };
  return EmbeddedRedis.prepare(options, never);
}

async function run(redis: EmbeddedRedis): Promise<ProcessGroup> {
  const group = await redis.start();
  onTestFinished(() => group.signal("SIGKILL"));
  await redis.whenReady(AbortSignal.timeout(10_000));
  return group;
}

async function ask(redis: EmbeddedRedis, command: string): Promise<string> {
  const probe = await probeRedis(redis.port, command);
  return probe.kind === "answered" ? probe.text : probe.kind;
}

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taskpulse-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it("keeps every acknowledged write and never evicts", async () => {
  const redis = await prepare(dataFolder());
  const group = await run(redis);
  for (const [name, value] of [
    ["appendonly", "yes"],
    ["appendfsync", "always"],
    ["maxmemory-policy", "noeviction"],
    ["maxmemory", "67108864"],
    ["save", "\r\n\r\n"],
    ["bind", "127.0.0.1"],
  ]) {
    expect(await ask(redis, `CONFIG GET ${name}`)).toContain(value);
  }
  await ask(redis, "SET pulse 72");
  group.signal("SIGKILL");
  await group.exited;
  await run(redis);
  expect(await ask(redis, "GET pulse")).toContain("72");
});

it("starts with a torn tail of its append-only file", async () => {
  const dataDir = dataFolder();
  const redis = await prepare(dataDir);
  const group = await run(redis);
  await ask(redis, "SET pulse 72");
  group.signal("SIGKILL");
  await group.exited;
  const folder = join(dataDir, "redis/appendonlydir");
  const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".incr.aof"));
  appendFileSync(join(folder, file), "*3\r\n$3\r\nSET\r\n$4\r\nhal");
  await run(redis);
  expect(await ask(redis, "GET pulse")).toContain("72");
});

it("tells from its log why it can't start", async () => {
  const dataDir = dataFolder();
  const redis = await prepare(dataDir);
  const group = await run(redis);
  await ask(redis, "SET pulse 72");
  await group.stop(5_000);
  const folder = join(dataDir, "redis/appendonlydir");
  const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".incr.aof"));
  const good = readFileSync(join(folder, file), "utf8");
  writeFileSync(join(folder, file), `rubbish\r\n${good}`);
  const broken = await redis.start();
  expect((await broken.exited).code).toBe(1);
  expect(await redis.complaint()).toMatch(
    /Redis can't start \(.*[Bb]ad file format.*\); its log is/,
  );
});

it("waits for an older Redis on the same data, and ends one that nobody stops", async () => {
  const dataDir = dataFolder();
  const first = await prepare(dataDir);
  const orphan = await run(first);
  const second = await prepare(dataDir);
  await orphan.exited;
  expect(second.port).not.toBe(first.port);
  await run(second);
});

it("leaves a stranger alone that has got the old port", async () => {
  const dataDir = dataFolder();
  await using stranger = await startRedis();
  writeFileSync(join(dataDir, "redis.port"), String(stranger.port));
  const beganAt = performance.now();
  await prepare(dataDir);
  expect(performance.now() - beganAt).toBeLessThan(1_500);
  await until(async () => (await probeRedis(stranger.port, "PING")).kind === "answered");
});

/** A server on the port that `prepare` remembers; it answers every command with `reply`, if any. */
async function onOldPort(dataDir: string, reply: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.on("data", () => socket.write(reply));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  writeFileSync(join(dataDir, "redis.port"), String(port));
  return port;
}

it("takes another port when something that says nothing has got the old one", async () => {
  const dataDir = dataFolder();
  const taken = await onOldPort(dataDir, "");
  const redis = await prepare(dataDir, 700);
  expect(redis.port).not.toBe(taken);
  await run(redis);
});

it("refuses to start beside an older Redis on the same data that does not end", async () => {
  const dataDir = dataFolder();
  await onOldPort(dataDir, `*2\r\n$3\r\ndir\r\n${join(realpathSync(dataDir), "redis")}\r\n`);
  await expect(prepare(dataDir, 700)).rejects.toThrow(/earlier start still runs/);
  await onOldPort(dataDir, "-LOADING Redis is loading the dataset in memory\r\n");
  await expect(prepare(dataDir, 700)).rejects.toThrow(/earlier start still runs/);
});

it("keeps its log bounded", async () => {
  const dataDir = dataFolder();
  writeFileSync(join(dataDir, "redis.log"), "x".repeat(1_100_000));
  await run(await prepare(dataDir));
  expect(readFileSync(join(dataDir, "redis.log")).length).toBeLessThan(100_000);
});
