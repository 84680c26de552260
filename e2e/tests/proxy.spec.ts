import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { test as base, expect, type Page } from "@playwright/test";
import type { BatchView } from "@taskpulse/contract";
import { type NginxPorts, nginxPorts, startNginx } from "../src/nginx.ts";
import { type Product, startProduct } from "../src/product.ts";

/** Behind a real nginx with the file of `docs/proxy`. */
const ADMIN_TOKEN = "a-token-of-the-tests";
const CONSUMER = "tasks.example.com";
const PRODUCER = "producer.example.com";
const FORM = "application/x-www-form-urlencoded";

// The names lead here, in this browser only.
const test = base.extend<object, object>({
  launchOptions: [
    async ({ launchOptions }, use) => {
      const args = [
        ...(launchOptions.args ?? []),
        "--host-resolver-rules=MAP *.example.com 127.0.0.1",
      ];
      await use({ ...launchOptions, args });
    },
    { scope: "worker" },
  ],
});
test.use({ ignoreHTTPSErrors: true });

interface Proxied extends AsyncDisposable {
  product: Product;
  ports: NginxPorts;
  consumer: string;
  producer: string;
}

async function proxied(env: Record<string, string> = {}): Promise<Proxied> {
  const stack = new AsyncDisposableStack();
  const ports = await nginxPorts();
  const consumer = `https://${CONSUMER}:${ports.httpsPort}`;
  const product = stack.use(
    await startProduct({
      ...{ ADMIN_TOKEN, PUBLIC_URL: consumer, ALLOWED_HOSTS: PRODUCER, ...env },
    }),
  );
  stack.use(await startNginx(ports, product));
  const producer = `https://${PRODUCER}:${ports.httpsPort}`;
  return {
    ...{ product, ports, consumer, producer },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** The client's own address: all of 127.0.0.0/8 is this machine. */
  from?: string;
}

function ask(url: string, { method = "GET", headers = {}, body = "", from }: Ask = {}) {
  const { hostname, port, pathname, search, host } = new URL(url);
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      {
        ...{ host: "127.0.0.1", port, path: pathname + search, method, agent: false },
        ...{ servername: hostname, rejectUnauthorized: false },
        ...(from === undefined ? {} : { localAddress: from }),
        headers: { host, ...headers },
      },
      resolve,
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

async function logIn(origin: string, token: string, init: Ask = {}) {
  const { headers, ...rest } = init;
  const answer = await ask(`${origin}/login`, {
    ...rest,
    method: "POST",
    headers: { "content-type": FORM, origin, ...headers },
    body: new URLSearchParams({ token }).toString(),
  });
  answer.resume();
  return { status: answer.statusCode, cookie: answer.headers["set-cookie"]?.[0] ?? "" };
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Admin token").fill(ADMIN_TOKEN);
  await page.keyboard.press("Enter");
}

test("both pages work under their names, over HTTPS, with a WebSocket", async ({ page }) => {
  await using behind = await proxied({ TRUST_PROXY: "127.0.0.1" });
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  const first = await page.goto(behind.consumer);
  expect(first?.headers()["strict-transport-security"]).toMatch(/max-age=\d+/);
  await signIn(page);
  await expect(page.getByText("live", { exact: true }).first()).toBeVisible();
  expect(sockets[0]).toMatch(`wss://${CONSUMER}:${behind.ports.httpsPort}/socket.io/`);
  const cookies = await page.context().cookies();
  expect(cookies).toMatchObject([{ secure: true, httpOnly: true, sameSite: "Lax" }]);

  await page.goto(behind.producer);
  await signIn(page);
  await expect(page.getByText(`${behind.producer}/producetasks`)).toBeVisible();
  await page.getByLabel("How many").fill("3");
  await page.getByRole("button", { name: "Produce Tasks" }).click();
  await expect(page.locator("li", { hasText: "3 out of 3 -- 200 -- " })).toBeVisible();
  await expect(page.getByRole("link", { name: "open on the board" })).toHaveAttribute(
    "href",
    new RegExp(`^${behind.consumer}/`),
  );
});

test("what nginx passes on: names, events as they happen, plain HTTP to HTTPS", async () => {
  await using behind = await proxied({ TRUST_PROXY: "127.0.0.1" });
  const authorization = `Bearer ${ADMIN_TOKEN}`;

  const foreign = await ask(`${behind.consumer}/api/summary`, {
    headers: { authorization, host: "evil.example" },
  });
  expect(foreign.statusCode).toBe(403);
  expect(await text(foreign)).toContain("host_not_allowed");
  const named = await ask(`${behind.consumer}/api/summary`, {
    headers: { authorization, "x-forwarded-host": "evil.example" },
  });
  expect(named.statusCode).toBe(200);
  named.resume();

  const made = await ask(`${behind.producer}/api/batches`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json", origin: behind.producer },
    body: JSON.stringify({ count: 4, waitSeconds: 1 }),
  });
  expect(made.statusCode).toBe(201);
  const { batchid } = JSON.parse(await text(made)) as BatchView;
  const events = await ask(`${behind.producer}/api/batches/${batchid}/events`, {
    headers: { authorization },
  });
  let arrived = "";
  let stateAtFirst: string | undefined;
  for await (const part of events) {
    arrived += part;
    if (stateAtFirst !== undefined || !arrived.includes("event: task")) continue;
    const answer = await fetch(`${behind.product.producer}/api/batches/${batchid}`, {
      headers: { authorization },
    });
    stateAtFirst = ((await answer.json()) as BatchView).state;
  }
  expect(stateAtFirst).toBe("running");
  expect(arrived).toContain("event: done");

  const plain = await fetch(`http://127.0.0.1:${behind.ports.httpPort}/?q=x`, {
    redirect: "manual",
  });
  expect(plain.status).toBe(308);
  expect(plain.headers.get("location")).toMatch(/^https:.*\/\?q=x$/);
});

test("a client's address is its own behind a trusted proxy, and not what it says", async () => {
  test.skip(process.platform !== "linux", "needs more than one loopback address");
  await using behind = await proxied({ TRUST_PROXY: "127.0.0.1" });
  for (let i = 0; i < 10; i++) {
    const headers = { "x-forwarded-for": `198.51.100.${i}`, "x-real-ip": `198.51.100.${i}` };
    const guess = await logIn(behind.consumer, `guess ${i}`, { from: "127.0.0.2", headers });
    expect(guess.status).toBe(401);
  }
  expect((await logIn(behind.consumer, "guess", { from: "127.0.0.2" })).status).toBe(429);
  expect((await logIn(behind.producer, ADMIN_TOKEN, { from: "127.0.0.2" })).status).toBe(429);
  const other = await logIn(behind.consumer, ADMIN_TOKEN, { from: "127.0.0.3" });
  expect(other.status).toBe(303);
  expect(other.cookie).toContain("; Secure");
});

test("without TRUST_PROXY nothing is believed: all clients are the proxy, HTTPS is not known", async () => {
  await using behind = await proxied();
  const { status, cookie } = await logIn(behind.consumer, ADMIN_TOKEN);
  expect(status).toBe(303);
  expect(cookie).not.toContain("Secure");
  for (let i = 0; i < 10; i++) {
    const headers = { "x-forwarded-for": `198.51.100.${i}` };
    expect((await logIn(behind.consumer, `guess ${i}`, { headers })).status).toBe(401);
  }
  expect((await logIn(behind.consumer, ADMIN_TOKEN)).status).toBe(429);
});
