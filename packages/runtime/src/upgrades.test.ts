import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { until } from "@taskpulse/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { hostsUnderTest } from "./fixtures/hosts-under-test.ts";

const { hostWith } = hostsUnderTest();

async function connectionTo(socketPath?: string): Promise<Socket> {
  const { port } = await hostWith({}, socketPath === undefined ? {} : { socketPath });
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

const H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
const WEBSOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

test.each([
  ["h2c", "POST /in", H2C, "200"],
  ["h2c", "GET /socket.io/?EIO=4&transport=polling", H2C, "404"],
  ["websocket", "POST /in", WEBSOCKET, "200"],
  ["websocket", "GET /_next/hmr", WEBSOCKET, "404"],
])(
  "an offer of %s with %s is ignored: the request is answered",
  async (_what, line, offer, status) => {
    const socket = await connectionTo("/socket.io/");
    let answers = "";
    socket.on("data", (part) => {
      answers += part;
    });
    const body = line.startsWith("POST") ? "{}" : "";
    const headers = `Host: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    socket.write(`${line} HTTP/1.1\r\n${headers}${offer}\r\n${body}`);
    await until(() => answers.startsWith(`HTTP/1.1 ${status} `) && answers.endsWith("}"));
    // The connection is as good as before.
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(() => answers.includes('"status":"live"'));
  },
);

test("a socket that nobody takes ends the connection", async () => {
  const socket = await connectionTo("/socket.io/");
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n${WEBSOCKET}\r\n`,
  );
  expect(await text(socket)).toBe("");
});

test("where there are no sockets, asking for one is a request like any other", async () => {
  const socket = await connectionTo();
  socket.end(`GET /socket.io/ HTTP/1.1\r\nHost: localhost\r\n${WEBSOCKET}\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
});
