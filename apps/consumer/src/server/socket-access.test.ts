import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BOARD_NAMESPACE } from "@taskpulse/contract";
import { Access, loadConfig } from "@taskpulse/runtime";
import { createKeys } from "@taskpulse/store";
import { startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { rawConnection } from "../fixtures/raw-connection.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";
import { guardNamespace } from "./socket-access.ts";

const ADMIN_TOKEN = "correct-horse-battery";
const BOTH = ["websocket", "polling"] as const;

let redis: TestRedis;
let consumer: RunningConsumer;

beforeAll(async () => {
  redis = await startRedis();
  consumer = await runConsumer(redis.url, { ADMIN_TOKEN });
});
afterAll(async () => {
  await consumer[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

interface Refused extends Error {
  data?: { code: string; reason: string };
}

function open(
  options: Partial<ManagerOptions & SocketOptions>,
  namespace = BOARD_NAMESPACE,
): Socket {
  const socket = io(`${consumer.origin}${namespace}`, {
    ...{ forceNew: true, reconnection: false, transports: ["websocket"] },
    ...options,
  });
  onTestFinished(() => void socket.disconnect());
  return socket;
}

function outcomeOf(socket: Socket): Promise<"connected" | Refused> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve("connected"));
    socket.once("connect_error", resolve);
  });
}

async function logIn(): Promise<string> {
  const response = await fetch(`${consumer.origin}/login`, {
    method: "POST",
    body: new URLSearchParams({ token: ADMIN_TOKEN }),
    redirect: "manual",
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

test.each([["websocket"], ["polling"]])(
  "over %s, strangers are told to sign in",
  async (transport) => {
    for (const namespace of [BOARD_NAMESPACE, "/"]) {
      const socket = open({ transports: [transport] }, namespace);
      expect(await outcomeOf(socket)).toMatchObject({ data: { code: "login_required" } });
    }
  },
);

test("a token in the header or in the handshake, or a session, opens a board", async () => {
  const authorization = `Bearer ${ADMIN_TOKEN}`;
  expect(await outcomeOf(open({ extraHeaders: { authorization } }))).toBe("connected");
  expect(await outcomeOf(open({ auth: { token: ADMIN_TOKEN } }))).toBe("connected");
  expect(await outcomeOf(open({ extraHeaders: { cookie: await logIn() } }))).toBe("connected");
  for (const wrong of [{ token: "wrong" }, { token: [ADMIN_TOKEN] }, { token: "" }]) {
    expect(await outcomeOf(open({ auth: wrong }))).toMatchObject({
      data: { code: "login_required" },
    });
  }
});

test.each([
  ["another site", BOTH, { origin: "https://evil.example" }],
  ["another site, as the browser says", BOTH, { "sec-fetch-site": "cross-site" }],
  // The client's polling does not let one choose the name.
  ["a name that is not ours", ["websocket"] as const, { host: "evil.example" }],
])("a page of %s gets no connection at all", async (_what, transports, headers) => {
  const authorization = `Bearer ${ADMIN_TOKEN}`;
  for (const transport of transports) {
    const socket = open({ transports: [transport], extraHeaders: { authorization, ...headers } });
    const outcome = await outcomeOf(socket);
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toHaveProperty("data.code");
  }
});

test.each([
  ["another site", "origin: https://evil.example", "cross_site"],
  ["another site, as the browser says", "sec-fetch-site: cross-site", "cross_site"],
  ["a name that is not ours", null, "host_not_allowed"],
])(
  "a handshake of %s is answered 403 with the error body, over both",
  async (_what, header, code) => {
    const host = `host: ${header === null ? "evil.example" : `127.0.0.1:${consumer.port}`}`;
    const lines = [host, ...(header === null ? [] : [header])];
    const upgrade = [
      ...["connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13"],
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    for (const [transport, more] of [
      ["polling", []],
      ["websocket", upgrade],
    ] as const) {
      using client = await rawConnection(consumer.port);
      const target = `GET /socket.io/?EIO=4&transport=${transport} HTTP/1.1`;
      await client.write(`${[target, ...lines, ...more].join("\r\n")}\r\n\r\n`);
      const [head = "", body = ""] = (await client.untilClosed()).split("\r\n\r\n");
      expect(head, transport).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
      expect(head).toMatch(/^content-type: application\/json; charset=utf-8$/im);
      expect(JSON.parse(body)).toEqual({ status: "failure", code, reason: expect.any(String) });
    }
  },
);

test("a refused handshake whose sender resets the connection does no harm", async () => {
  for (let i = 0; i < 20; i++) {
    const client = await rawConnection(consumer.port);
    await client.write(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    client.socket.resetAndDestroy();
  }
  expect((await fetch(`${consumer.origin}/healthz`)).status).toBe(200);
});

test("a board is closed when its session is signed out, and not let in again", async () => {
  const cookie = await logIn();
  const socket = open({ extraHeaders: { cookie } });
  expect(await outcomeOf(socket)).toBe("connected");
  await fetch(`${consumer.origin}/logout`, {
    method: "POST",
    headers: { cookie },
    redirect: "manual",
  });
  await until(() => socket.disconnected);
  socket.connect();
  expect(await outcomeOf(socket)).toMatchObject({ data: { code: "login_required" } });
});

test("a session that another process has signed out is noticed", async () => {
  await using other = await runConsumer(redis.url, { ADMIN_TOKEN });
  const cookie = await logIn();
  const socket = open({ extraHeaders: { cookie } });
  expect(await outcomeOf(socket)).toBe("connected");
  await fetch(`${other.origin}/logout`, {
    method: "POST",
    headers: { cookie },
    redirect: "manual",
  });
  await until(() => socket.disconnected);
});

test("whoever leaves while being admitted is forgotten", async () => {
  await using own = await startRedis();
  const client = new Redis(own.url, { maxRetriesPerRequest: 0 });
  using access = new Access({
    ...{ config: loadConfig({ ADMIN_TOKEN }), redis: client, keys: createKeys() },
  });
  const http = createServer().listen(0, "127.0.0.1");
  const sockets = new Server(http);
  let entering = 0;
  sockets.use((_socket, next) => {
    entering += 1;
    next();
  });
  guardNamespace(access, sockets.of("/"));
  await until(() => http.listening && client.status === "ready");
  try {
    const cookie = await logIn();
    const { port } = http.address() as AddressInfo;
    const join = () => {
      const socket = io(`http://127.0.0.1:${port}`, {
        ...{ forceNew: true, reconnection: false, transports: ["websocket"] },
        extraHeaders: { cookie },
      });
      onTestFinished(() => void socket.disconnect());
      return socket;
    };
    // Now the question whether the session was signed out takes its time.
    await own.kill("SIGSTOP");
    const leaver = join();
    await until(() => entering === 1);
    leaver.disconnect();
    await until(() => sockets.engine.clientsCount === 0);
    // Asks later, so it is answered later.
    const stayer = join();
    expect(await outcomeOf(stayer)).toBe("connected");
    expect(access.watched).toBe(1);
    stayer.disconnect();
    await until(() => access.watched === 0, { what: "the other to be forgotten" });
  } finally {
    await own.kill("SIGCONT");
    client.disconnect();
    await sockets.close();
  }
});

test("whoever opens a connection and joins nothing is let go", async () => {
  const socket = new WebSocket(
    `${consumer.origin.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
  );
  const closed = new Promise((resolve) => socket.addEventListener("close", () => resolve(true)));
  expect(await closed).toBe(true);
});
