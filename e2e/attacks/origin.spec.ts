import { expect, type Page, test } from "@playwright/test";
import { captureServer } from "@taskpulse/test-kit";
import { type Product, startProduct } from "../src/product.ts";
import { ADMIN_TOKEN, guardedProduct, readTotal } from "./target.ts";

/** What the owner sees: how many tasks and batches there are. */
async function started(product: Product): Promise<{ tasks: number; batches: unknown[] }> {
  const response = await fetch(`${product.producer}/api/batches`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { batches } = (await response.json()) as { batches: unknown[] };
  return { tasks: await readTotal(product), batches };
}

async function signIn(page: Page, product: Product): Promise<void> {
  await page.goto(product.consumer);
  await page.getByLabel(/admin token/i).fill(ADMIN_TOKEN);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${product.consumer}/`);
  await expect(page.getByText("live").first()).toBeVisible();
}

/** A page of our own can do all this: the browser is signed in on both apps. */
async function expectSignedIn(page: Page, product: Product): Promise<void> {
  for (const [origin, path] of [
    [product.consumer, "/api/summary"],
    [product.producer, "/api/batches"],
  ] as const) {
    await page.goto(origin);
    expect(await page.evaluate(async (url) => (await fetch(url)).status, path)).toBe(200);
  }
}

/** Everything that a page can try: fetch, forms in a frame, sockets. */
async function attack({ producer, consumer }: { producer: string; consumer: string }) {
  const batch = '{"count":1,"waitSeconds":0}';
  const task = '{"batchid":"x","id":1,"owner":"Eve","priority":"Low"}';
  const json = { "content-type": "application/json" };
  const tries: [string, RequestInit][] = [
    [`${producer}/api/batches`, { method: "POST", mode: "no-cors", body: batch }],
    [`${producer}/api/batches`, { method: "POST", headers: json, body: batch }],
    [`${producer}/producetasks`, { method: "POST", mode: "no-cors" }],
    [`${producer}/producetasks`, { method: "POST", mode: "no-cors", body: "a=b" }],
    [`${consumer}/consumetasks`, { method: "POST", mode: "no-cors", body: task }],
    [`${consumer}/consumetasks`, { method: "POST", headers: json, body: task }],
    [`${consumer}/api/summary`, {}],
    [`${producer}/api/batches`, {}],
    [`${consumer}/socket.io/?EIO=4&transport=polling`, {}],
  ];
  const read: string[] = [];
  for (const [url, init] of tries) {
    try {
      const response = await fetch(url, { credentials: "include", ...init });
      if (response.type !== "opaque") read.push(url);
    } catch {
      // Refused by the browser or by the server, as it should be.
    }
  }

  const frame = document.createElement("iframe");
  frame.name = "hidden";
  document.body.append(frame);
  const forms: [string, string, string][] = [
    [`${producer}/producetasks`, "text/plain", "a"],
    [`${producer}/api/batches`, "text/plain", batch],
    [`${producer}/api/batches`, "application/x-www-form-urlencoded", "count"],
    [`${consumer}/consumetasks`, "text/plain", task],
  ];
  for (const [action, enctype, name] of forms) {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", target: "hidden", action, enctype });
    const field = document.createElement("input");
    Object.assign(field, { name, value: "" });
    form.append(field);
    document.body.append(form);
    const answered = new Promise((resolve) => {
      frame.onload = resolve;
    });
    form.submit();
    await answered;
  }
  frame.src = `${consumer}/`;
  await new Promise((resolve) => {
    frame.onload = resolve;
  });

  const opened = await new Promise((resolve) => {
    const socket = new WebSocket(
      `${consumer.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
    );
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  });
  return { read, opened, framed: frame.contentDocument !== null };
}

for (const [where, host] of [
  // Browsers send our cookie along: to them another port is the same site.
  ["another port of this host", "127.0.0.1"],
  ["another site", "localhost"],
] as const) {
  test(`a page of ${where} starts nothing and reads nothing with the browser of who is signed in`, async ({
    page,
  }) => {
    await using product = await guardedProduct({ REQUIRE_SIGNATURE: "false" });
    await signIn(page, product);
    await expectSignedIn(page, product);
    await using evil = await captureServer();
    evil.answer({ headers: { "content-type": "text/html" }, body: "<p>Free kittens</p>" });
    await page.goto(evil.url.replace("127.0.0.1", host));
    const { producer, consumer } = product;
    const outcome = await page.evaluate(attack, { producer, consumer });
    expect(outcome).toEqual({ read: [], opened: false, framed: false });
    expect(await started(product)).toEqual({ tasks: 0, batches: [] });
    // Nor was anybody signed out by it.
    await expectSignedIn(page, product);
  });
}

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
