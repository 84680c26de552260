import { existsSync } from "node:fs";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { startRedis } from "./start-redis.ts";

/** One inline command; the whole answer up to the first line's end. */
function command(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${line}\r\n`));
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

it("keeps acknowledged writes, address and port over SIGKILL and restart", async () => {
  await using redis = await startRedis();
  const firstPid = redis.pid;
  expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
  expect(await command(redis.port, "SET pulse 72")).toBe("+OK\r\n");
  await redis.kill("SIGKILL");
  await expect(command(redis.port, "PING")).rejects.toThrow("ECONNREFUSED");
  await redis.restart();
  expect(redis.pid).not.toBe(firstPid);
  expect(await command(redis.port, "GET pulse")).toBe("$2\r\n72\r\n");
});

it("restarts a stopped server and removes its folder at the end", async () => {
  const redis = await startRedis({ args: ["--maxmemory", "20mb"] });
  await redis.kill("SIGSTOP");
  await redis.restart();
  expect(await command(redis.port, "CONFIG GET maxmemory")).toContain("20971520");
  await redis[Symbol.asyncDispose]();
  expect(existsSync(redis.dir)).toBe(false);
  await expect(command(redis.port, "PING")).rejects.toThrow("ECONNREFUSED");
});

it("tells what the server said when it can't start", async () => {
  await expect(startRedis({ args: ["--no-such-option", "1"] })).rejects.toThrow("no-such-option");
});
