import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import { startRedis } from "./start-redis.ts";
import { tcpProxy } from "./tcp-proxy.ts";
import { until } from "./until.ts";

async function open(port: number): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.on("data", (data) => {
    received += data.toString();
  });
  await once(socket, "connect");
  return { socket, text: () => received };
}

it("passes bytes, holds them while frozen, delays them", async () => {
  await using redis = await startRedis();
  await using proxy = await tcpProxy({ target: redis.url });
  const { socket, text } = await open(proxy.port);
  socket.write("PING\r\n");
  await until(() => text() === "+PONG\r\n");

  proxy.freeze();
  socket.write("ECHO frozen\r\n");
  const direct = await open(redis.port);
  direct.socket.write("PING\r\n");
  await until(() => direct.text() === "+PONG\r\n");
  expect(text()).toBe("+PONG\r\n");
  proxy.thaw();
  await until(() => text().endsWith("frozen\r\n"));

  proxy.delay(40);
  const sentAt = performance.now();
  socket.write("ECHO late\r\n");
  await until(() => text().endsWith("late\r\n"), { everyMs: 2 });
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(78);
  socket.destroy();
  direct.socket.destroy();
});

it("cuts open and new connections, and heals", async () => {
  await using redis = await startRedis();
  await using proxy = await tcpProxy({ target: { port: redis.port } });
  const { socket } = await open(proxy.port);
  const broken = once(socket, "error");
  await until(() => proxy.connections === 1);
  proxy.cut();
  expect((await broken)[0]).toMatchObject({ code: "ECONNRESET" });
  const refused = connect(proxy.port, "127.0.0.1");
  await once(refused, "error");
  proxy.heal();
  const again = await open(proxy.port);
  again.socket.write("PING\r\n");
  await until(() => again.text() === "+PONG\r\n");
  again.socket.destroy();
});

it("strands what is open, and lets new connections through", async () => {
  await using redis = await startRedis();
  await using proxy = await tcpProxy({ target: redis.url });
  const old = await open(proxy.port);
  old.socket.write("PING\r\n");
  await until(() => old.text() === "+PONG\r\n");
  proxy.strand();
  old.socket.write("PING\r\n");
  const fresh = await open(proxy.port);
  fresh.socket.write("PING\r\n");
  await until(() => fresh.text() === "+PONG\r\n");
  expect(old.text()).toBe("+PONG\r\n");
  expect(old.socket.destroyed).toBe(false);
  old.socket.destroy();
  fresh.socket.destroy();
});

it("passes on the other side's end", async () => {
  await using redis = await startRedis();
  await using proxy = await tcpProxy({ target: redis.url });
  const { socket, text } = await open(proxy.port);
  socket.write("QUIT\r\n");
  await once(socket, "end");
  expect(text()).toBe("+OK\r\n");
  socket.destroy();
  await until(() => proxy.connections === 0);
});

it("leads new connections elsewhere, and shows what arrives", async () => {
  await using first = await startRedis();
  await using second = await startRedis();
  let seen = "";
  await using proxy = await tcpProxy({
    target: first.url,
    observe: () => ({
      fromClient: (chunk) => {
        seen += `> ${chunk}`;
      },
      fromServer: (chunk) => {
        seen += `< ${chunk}`;
      },
    }),
  });
  const before = await open(proxy.port);
  before.socket.write("SET which first\r\n");
  await until(() => before.text() === "+OK\r\n");
  proxy.retarget(second.url);
  const after = await open(proxy.port);
  after.socket.write("GET which\r\n");
  await until(() => after.text() === "$-1\r\n");
  expect(seen).toBe("> SET which first\r\n< +OK\r\n> GET which\r\n< $-1\r\n");
  before.socket.destroy();
  after.socket.destroy();
});
