import { freePort, startRedis } from "@taskpulse/test-kit";
import { expect, it } from "vitest";
import { checkExternalRedis, settingWarnings, withoutPassword } from "./external-redis.ts";

it("has nothing to say about a Redis that keeps what it acknowledges", async () => {
  await using redis = await startRedis();
  expect(await checkExternalRedis(redis.url)).toEqual([]);
});

it("warns of what is at risk", async () => {
  const args = ["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"];
  await using redis = await startRedis({ args });
  expect(await checkExternalRedis(redis.url)).toEqual([
    expect.stringContaining("appendonly no"),
    expect.stringContaining("maxmemory-policy allkeys-lru"),
  ]);
  const everysec = { appendonly: "yes", appendfsync: "everysec", "maxmemory-policy": "noeviction" };
  expect(settingWarnings(new Map(Object.entries(everysec)))).toEqual([
    expect.stringContaining("the last second of acknowledged tasks can be lost"),
  ]);
});

it("says that it could not look when CONFIG is forbidden", async () => {
  await using redis = await startRedis({ args: ["--rename-command", "CONFIG", ""] });
  expect(await checkExternalRedis(redis.url)).toEqual([
    expect.stringContaining("CONFIG is forbidden"),
  ]);
});

it("refuses one that is not there, or wants another password, without showing any", async () => {
  const nobody = `redis://user:geheim@127.0.0.1:${await freePort()}`;
  await expect(checkExternalRedis(nobody)).rejects.toThrow(/127\.0\.0\.1:\d+ can't be used/);
  await expect(checkExternalRedis(nobody)).rejects.not.toThrow("geheim");
  await using redis = await startRedis({ args: ["--requirepass", "right"] });
  await expect(checkExternalRedis(redis.url)).rejects.toThrow("NOAUTH");
  const wrong = redis.url.replace("//", "//:geheim@");
  await expect(checkExternalRedis(wrong)).rejects.toThrow("WRONGPASS");
  expect(withoutPassword(wrong)).toBe(redis.url);
  expect(withoutPassword(`${redis.url}/0?password=hunter2`)).toBe(`${redis.url}/0`);
});

it("waits no longer than 5 s for one that is stopped", async () => {
  await using redis = await startRedis();
  await redis.kill("SIGSTOP");
  const beganAt = performance.now();
  await expect(checkExternalRedis(redis.url)).rejects.toThrow("no answer within 5 s");
  expect(performance.now() - beganAt).toBeLessThan(7_000);
});
