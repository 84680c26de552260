import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedis } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cutTornTail } from "./torn-tail.ts";

const FILE = "appendonlydir/appendonly.aof.1.incr.aof";
/** Two writes, so that Redis puts them into a transaction. */
const SCRIPT = "redis.call('INCR', 'first') redis.call('SET', 'text', ARGV[1]) return 1";

let scratch: string;
let original: string;
let size: number;
/** Where the last transaction begins. */
let before: number;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "taskpulse-tail-"));
  original = mkdtempSync(join(scratch, "original-"));
  await using redis = await startRedis({ dir: original });
  await using client = connect(redis.url);
  await client.redis.eval(SCRIPT, 0, "plain");
  before = statSync(join(original, FILE)).size;
  await client.redis.eval(SCRIPT, 0, "*1\r\n$5\r\nMULTI\r\n");
  size = statSync(join(original, FILE)).size;
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function connect(url: string) {
  const redis = new Redis(url);
  return { redis, [Symbol.asyncDispose]: async () => redis.disconnect() };
}

function copy(name: string): { dir: string; file: string } {
  const dir = join(scratch, name);
  cpSync(original, dir, { recursive: true });
  return { dir, file: join(dir, FILE) };
}

it("leaves a file alone that ends where a write ends", async () => {
  const { dir, file } = copy("whole");
  expect(await cutTornTail(dir)).toBe(0);
  expect(statSync(file).size).toBe(size);
  expect(await cutTornTail(join(scratch, "nothing"))).toBe(0);
});

it("cuts back to the last whole transaction, wherever the tear is", async () => {
  const { dir, file } = copy("torn");
  const bytes = readFileSync(file);
  for (let length = before + 1; length < size; length++) {
    writeFileSync(file, bytes.subarray(0, length));
    expect(await cutTornTail(dir), `torn at ${length}`).toBe(length - before);
    expect(statSync(file).size).toBe(before);
  }
});

it("cuts off zeros, which file systems leave, and nothing else that it can't read", async () => {
  const zeros = copy("zeros");
  appendFileSync(zeros.file, Buffer.alloc(300));
  expect(await cutTornTail(zeros.dir)).toBe(300);
  truncateSync(zeros.file, size - 60);
  appendFileSync(zeros.file, Buffer.alloc(300));
  expect(await cutTornTail(zeros.dir)).toBe(size - 60 + 300 - before);
  const strange = copy("strange");
  appendFileSync(strange.file, "something else");
  expect(await cutTornTail(strange.dir)).toBe(0);
});

it("keeps what is written after a tear, over further restarts", async () => {
  const { dir, file } = copy("twice");
  truncateSync(file, size - 5);
  await cutTornTail(dir);
  await using redis = await startRedis({ dir });
  {
    await using client = connect(redis.url);
    expect(await client.redis.get("first")).toBe("1");
    await client.redis.eval(SCRIPT, 0, "after the tear");
  }
  await redis.restart();
  await using client = connect(redis.url);
  expect(await client.redis.mget("first", "text")).toEqual(["2", "after the tear"]);
});
