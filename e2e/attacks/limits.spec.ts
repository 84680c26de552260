import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "@playwright/test";
import { guardedProduct, newTask, readTotal, sendRaw, sign, statuses, test } from "./target.ts";

async function post(origin: string, body: BodyInit, headers: Record<string, string>) {
  return fetch(`${origin}/consumetasks`, { method: "POST", headers, body });
}

test("a body beyond 1 MiB is refused before it is read, also in pieces", async ({ target }) => {
  const { consumer } = target.product;
  const announced = await sendRaw(
    consumer,
    "POST /consumetasks HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 1048577\r\n\r\n",
  );
  expect(statuses(announced)).toEqual([413]);
  const piece = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const chunked = await sendRaw(
    consumer,
    `POST /consumetasks HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${piece.repeat(20)}`,
  );
  expect(statuses(chunked)).toEqual([413]);
});

test("nothing compressed is unpacked", async ({ target }) => {
  for (const encoding of ["gzip", "br", "deflate", "zstd", "gzip, gzip", "x"]) {
    const body = JSON.stringify(newTask());
    const headers = { ...sign(body), "content-encoding": encoding };
    expect((await post(target.product.consumer, body, headers)).status, encoding).toBe(415);
  }
});

const keys = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":1`).join(",");

test("deep, wide, long and strange JSON is refused or stored, and never breaks anything", async ({
  target,
}) => {
  const { consumer } = target.product;
  const head = JSON.stringify(newTask()).slice(0, -1);
  const bodies: [name: string, status: 200 | 400, body: string][] = [
    ["100,000 arrays deep", 400, `${head},"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["100,000 objects deep", 400, `${head},"x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`],
    ["never closed", 400, "[".repeat(500_000)],
    ["50,000 keys", 400, `${head},${keys(50_000)}}`],
    ["30,000 keys", 200, `${head},${keys(30_000)}}`],
    ["one key, 20,000 times", 200, `${head},${'"k":1,'.repeat(20_000)}"k":2}`],
    ["a quarter of a million numbers", 400, `${head},"x":[${"1e1,".repeat(250_000)}1]}`],
    ["1,001 tasks", 400, JSON.stringify(Array.from({ length: 1_001 }, () => newTask()))],
    ["100,000 digits", 200, `${head},"n":${"9".repeat(100_000)}}`],
    ["a million zeroes", 200, `${head},"n":0.${"0".repeat(900_000)}1}`],
    ["a huge exponent", 200, `${head},"n":1e999999999}`],
    ["__proto__", 200, `${head},"__proto__":{"priority":"Critical","polluted":true}}`],
    ["constructor.prototype", 200, `${head},"constructor":{"prototype":{"polluted":true}}}`],
    ["a lone surrogate", 200, `${head},"s":"\\ud800"}`],
    ["a zero byte", 200, `${head},"s":"\\u0000"}`],
  ];
  for (const [name, status, body] of bodies) {
    expect((await post(consumer, body, sign(body))).status, name).toBe(status);
  }
  const broken = Uint8Array.of(0x22, 0xff, 0x22);
  const response = await post(consumer, broken, sign("x"));
  expect(response.status).toBe(401);
  expect((await fetch(`${consumer}/healthz`)).status).toBe(200);
});

test("headers beyond what anybody needs are refused", async ({ target }) => {
  for (const flood of [`x-a: ${"a".repeat(100_000)}\r\n`, "x-a: b\r\n".repeat(20_000)]) {
    const answer = await sendRaw(
      target.product.consumer,
      `POST /consumetasks HTTP/1.1\r\nhost: 127.0.0.1\r\n${flood}\r\n`,
    );
    expect(statuses(answer)).toEqual([431]);
  }
});

test("one address can't take more than its share", async () => {
  await using product = await guardedProduct({ INGEST_RATE_LIMIT: "20" });
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const body = JSON.stringify(newTask());
      return post(product.consumer, body, { ...sign(body), "x-forwarded-for": "10.9.8.7" });
    }),
  );
  const refused = answers.filter(({ status }) => status === 429);
  const accepted = answers.filter(({ status }) => status === 200);
  expect(accepted.length + refused.length).toBe(200);
  expect(accepted.length).toBeGreaterThan(0);
  // All within about a second, or two if the clock ticked over.
  expect(accepted.length).toBeLessThanOrEqual(60);
  for (const { headers } of refused) {
    expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(headers.get("ratelimit-limit")).toBe("20");
    expect(headers.get("ratelimit-remaining")).toBe("0");
    expect(Number(headers.get("ratelimit-reset"))).toBeGreaterThanOrEqual(0);
  }
  expect(await readTotal(product)).toBe(accepted.length);
});

test("two thousand connections that say nothing, or half a request, stop nobody", async ({
  target,
}) => {
  const { hostname, port } = new URL(target.product.consumer);
  const idle: Socket[] = [];
  try {
    for (let i = 0; i < 2_000; i++) {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => {});
      idle.push(socket);
      if (i % 100 === 99) await once(socket, "connect");
      if (i % 2 === 0) socket.write("POST /consumetasks HTTP/1.1\r\nhost: 127.0.0.1\r\nx-");
    }
    const body = JSON.stringify(newTask());
    const beganAt = performance.now();
    expect((await post(target.product.consumer, body, sign(body))).status).toBe(200);
    expect(performance.now() - beganAt).toBeLessThan(2_000);
  } finally {
    for (const socket of idle) socket.destroy();
  }
});

test("thousands of pages, asked for and never read, hold up nobody", async ({ target }) => {
  const greedy: Socket[] = [];
  try {
    for (const origin of [target.product.consumer, target.product.producer]) {
      const { hostname, port } = new URL(origin);
      for (const path of ["/login", "/nowhere", "/favicon.ico", "/_next/static/chunks/none.js"]) {
        for (let i = 0; i < 5; i++) {
          const socket = connect(Number(port), hostname);
          socket.on("error", () => {});
          greedy.push(socket);
          await once(socket, "connect");
          socket.write(
            `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\n\r\n`.repeat(500),
          );
        }
      }
    }
    for (let i = 0; i < 5; i++) {
      const body = JSON.stringify(newTask());
      const beganAt = performance.now();
      expect((await post(target.product.consumer, body, sign(body))).status).toBe(200);
      expect(performance.now() - beganAt).toBeLessThan(1_500);
    }
  } finally {
    for (const socket of greedy) socket.destroy();
  }
  // Those in line are turned away with 503 until the pages that nobody reads any more are through.
  await expect
    .poll(async () => {
      const page = await fetch(`${target.product.consumer}/login`, {
        headers: { accept: "text/html" },
      });
      await page.body?.cancel();
      return page.status;
    })
    .toBe(200);
});
