import { expect, type Page, test } from "@playwright/test";
import { captureServer } from "@taskpulse/test-kit";
import { startProduct } from "../src/product.ts";

/** A page of somebody else, in the browser of a person who may use Taskpulse. */
async function visitEvil(page: Page): Promise<AsyncDisposable> {
  const server = await captureServer();
  server.answer({ headers: { "content-type": "text/html" }, body: "<p>Free kittens</p>" });
  // Another port is another origin; another name is another site.
  await page.goto(server.url.replace("127.0.0.1", "localhost"));
  return server;
}

test("a page of another site starts nothing and reads nothing", async ({ page }) => {
  await using product = await startProduct({ REQUIRE_SIGNATURE: "false" });
  await using _evil = await visitEvil(page);
  const outcome = await page.evaluate(
    async ({ producer, consumer }) => {
      const batch = '{"count":1,"waitSeconds":0}';
      const task = '{"batchid":"x","id":1,"owner":"Eve","priority":"Low"}';
      const tries = [
        [`${producer}/api/batches`, { method: "POST", mode: "no-cors", body: batch }],
        [`${producer}/producetasks`, { method: "POST", mode: "no-cors" }],
        [`${producer}/producetasks`, { method: "POST", mode: "no-cors", body: "a=b" }],
        [`${consumer}/consumetasks`, { method: "POST", mode: "no-cors", body: task }],
        [
          `${consumer}/consumetasks`,
          { method: "POST", headers: { "content-type": "application/json" }, body: task },
        ],
        [`${consumer}/api/summary`, {}],
        [`${producer}/api/batches`, {}],
      ] as const;
      const read: string[] = [];
      for (const [url, init] of tries) {
        try {
          const response = await fetch(url, { credentials: "include", ...init });
          if (response.type !== "opaque") read.push(url);
        } catch {
          // Refused by the browser or by the server, as it should be.
        }
      }
      const form = document.createElement("form");
      form.method = "post";
      form.enctype = "text/plain";
      form.action = `${producer}/producetasks`;
      const frame = document.createElement("iframe");
      frame.name = "hidden";
      form.target = "hidden";
      document.body.append(frame, form);
      form.submit();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const opened = await new Promise((resolve) => {
        const socket = new WebSocket(
          `${consumer.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
        );
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
      });
      return { read, opened };
    },
    { producer: product.producer, consumer: product.consumer },
  );
  expect(outcome).toEqual({ read: [], opened: false });
  const { batches } = (await (await fetch(`${product.producer}/api/batches`)).json()) as {
    batches: unknown[];
  };
  expect(batches).toEqual([]);
  expect((await product.summary()).total).toBe(0);
});

test("what says that it comes from elsewhere may change nothing", async () => {
  await using product = await startProduct();
  const own = new URL(product.producer).origin;
  const port = new URL(product.producer).port;
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "same-origin-but-not-really" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: `${own}.evil.example` },
    { origin: `http://127.0.0.1:${Number(port) - 1}` },
    { origin: "" },
  ];
  for (const headers of foreign) {
    for (const path of ["/api/batches", "/producetasks"]) {
      const response = await fetch(product.producer + path, { method: "POST", headers });
      await response.body?.cancel();
      expect(response.status, `${path} ${JSON.stringify(headers)}`).toBe(403);
    }
  }
  for (const headers of [{ "sec-fetch-site": "same-origin", origin: own }, { origin: own }]) {
    const response = await fetch(`${product.producer}/api/batches`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: '{"count":1,"waitSeconds":0}',
    });
    expect(response.status).toBe(201);
  }
});
