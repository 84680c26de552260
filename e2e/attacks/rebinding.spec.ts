import { expect, test } from "@playwright/test";
import { startProduct } from "../src/product.ts";
import { sendRaw, statuses } from "./target.ts";

function ask(host: string, path = "/api/summary", more = ""): string {
  return `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${more}connection: close\r\n\r\n`;
}

test("a name that leads here, but is not ours, gets nothing, even without a token", async () => {
  await using product = await startProduct({ ALLOWED_HOSTS: "board.internal" });
  const paths = { consumer: "/api/summary", producer: "/api/batches" } as const;
  for (const app of ["consumer", "producer"] as const) {
    const first = async (raw: string) => statuses(await sendRaw(product[app], raw))[0];
    const path = paths[app];
    const { port } = new URL(product[app]);
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "127.0.0.1@evil.example",
      "evil.example, 127.0.0.1",
      "",
    ]) {
      const status = await first(ask(host, path));
      expect([400, 403, 421], `${app}, ${host}`).toContain(status);
      const page = await first(ask(host, "/", "accept: text/html\r\n"));
      expect([400, 403, 421], `${app}, page, ${host}`).toContain(page);
    }
    // Nobody vouches for what a client writes into these.
    for (const header of [
      "x-forwarded-host: 127.0.0.1",
      "forwarded: host=127.0.0.1",
      "x-host: 127.0.0.1",
    ]) {
      expect(await first(ask("evil.example", path, `${header}\r\n`)), header).toBe(403);
    }
    // The name in the target counts, not the one beside it (RFC 9112, section 3.2.2).
    const absolute = (target: string, host: string) =>
      first(`GET http://${target}${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    expect(await absolute("evil.example", `127.0.0.1:${port}`), app).toBe(403);
    expect(await absolute(`evil.example:${port}`, "127.0.0.1"), app).toBe(403);
    expect(await absolute("evil.example", "evil.example"), app).toBe(403);
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      "[::1]",
      "board.internal",
      `BOARD.internal:${port}`,
    ]) {
      expect(await first(ask(host, path)), `${app}, ${host}`).toBe(200);
    }
  }
});

test("sockets are opened for our own names only", async () => {
  await using product = await startProduct();
  const upgrade = (host: string) =>
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: ${host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
  expect(statuses(await sendRaw(product.consumer, upgrade("127.0.0.1")))[0]).toBe(101);
  expect(statuses(await sendRaw(product.consumer, upgrade("evil.example")))[0]).not.toBe(101);
  const polling = await sendRaw(
    product.consumer,
    ask("evil.example", "/socket.io/?EIO=4&transport=polling"),
  );
  expect(statuses(polling)[0]).toBe(403);
});

test("a task without a signature is no way round it", async () => {
  await using product = await startProduct({ REQUIRE_SIGNATURE: "false" });
  const body = '{"batchid":"rebound","id":1,"owner":"Eve","priority":"Low"}';
  const post = (host: string) =>
    `POST /consumetasks HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
  expect(statuses(await sendRaw(product.consumer, post("evil.example")))[0]).toBe(403);
  expect((await product.summary()).total).toBe(0);
  expect(statuses(await sendRaw(product.consumer, post("127.0.0.1")))[0]).toBe(200);
});
