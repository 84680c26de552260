import {
  capturedLog,
  startRedis,
  type TcpProxy,
  type TestRedis,
  tcpProxy,
  until,
} from "@taskpulse/test-kit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { createLogger } from "./logger.ts";
import { connectRedis, untilReady } from "./redis.ts";

let server: TestRedis;
let unseen: unknown[];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

beforeEach(() => {
  unseen = [];
  const see = (reason: unknown) => unseen.push(reason);
  process.on("unhandledRejection", see);
  onTestFinished(() => void process.off("unhandledRejection", see));
});

const connect = (url: string, role: "listens" | "commands") =>
  connectRedis({ url, name: role, role, log: createLogger("test", "silent") });

/** A subscriber behind a proxy; `onSent` is told of what it sends, from its second connection on. */
async function subscriber(onSent: (text: string, proxy: TcpProxy, redis: Redis) => void) {
  let connections = 0;
  const proxy = await tcpProxy({
    target: server.url,
    observe() {
      connections += 1;
      const again = connections > 1;
      return {
        fromClient: (chunk) => again && onSent(String(chunk).toLowerCase(), proxy, redis),
        fromServer: () => {},
      };
    },
  });
  const redis = connect(`redis://${proxy.host}`, "listens");
  onTestFinished(async () => {
    redis.disconnect();
    await proxy[Symbol.asyncDispose]();
  });
  await untilReady(redis, 5_000);
  await redis.subscribe("news");
  await redis.psubscribe("more:*");
  proxy.cut();
  proxy.heal();
  return redis;
}

it("a connection that goes again while it subscribes: every channel is listened to after that", async () => {
  let cuts = 0;
  const redis = await subscriber((text, proxy) => {
    if (!text.includes("subscribe") || cuts === 2) return;
    cuts += 1;
    proxy.cut();
    proxy.heal();
  });
  const heard = new Set<string>();
  redis.on("message", (_channel, text) => heard.add(text));
  redis.on("pmessage", (_pattern, _channel, text) => heard.add(text));
  const speaker = connect(server.url, "commands");
  onTestFinished(() => speaker.disconnect());
  await untilReady(speaker, 5_000);
  await until(async () => {
    await speaker.publish("news", "plain");
    await speaker.publish("more:of", "by pattern");
    return heard.size === 2;
  });
  expect(cuts).toBe(2);
  expect(unseen).toEqual([]);
});

it("a connection that is given up just when it is back: nobody is left with an error", async () => {
  const redis = await subscriber((text, _proxy, own) => {
    // The last thing it asks before it subscribes: whether Redis has read its data.
    if (text.includes("$4\r\ninfo\r\n")) own.disconnect();
  });
  await until(() => redis.status === "end");
  expect(unseen).toEqual([]);
});

it("does not come back to what was unsubscribed", async () => {
  const sent: string[] = [];
  const redis = await subscriber((text) => sent.push(text));
  await until(() => sent.some((text) => text.includes("psubscribe")));
  await redis.unsubscribe("news");
  sent.length = 0;
  redis.disconnect(true);
  await until(() => sent.some((text) => text.includes("psubscribe")));
  expect(sent.join("")).not.toContain("\r\nsubscribe\r\n");
});

it("a user who may not listen: Redis' refusal is told, and ends nothing", async () => {
  const admin = connect(server.url, "commands");
  onTestFinished(() => admin.disconnect());
  await untilReady(admin, 5_000);
  await admin.acl("SETUSER", "deaf", "on", ">pass", "~*", "+@all", "resetchannels");
  const { lines, stream } = capturedLog();
  const redis = connectRedis({
    url: server.url.replace("//", "//deaf:pass@"),
    name: "listens",
    role: "listens",
    log: createLogger("test", "error", stream),
  });
  onTestFinished(() => redis.disconnect());
  await untilReady(redis, 5_000);
  await expect(redis.subscribe("news")).rejects.toThrow("NOPERM");
  redis.disconnect(true);
  await until(() => lines().length === 2, { what: "the refusal to be told again" });
  expect(lines()).toMatchObject([{ channels: ["news"] }, { channels: ["news"] }]);
  expect(unseen).toEqual([]);
});
