import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { test as base, expect } from "@playwright/test";
import type { Summary } from "@taskpulse/contract";
import { type Product, startProduct } from "../src/product.ts";

/** What the attackers want to know. */
export const ADMIN_TOKEN = randomBytes(24).toString("base64url");
export const SECRET_KEY = randomBytes(32);

export interface Target {
  readonly product: Product;
  /** Host and port of the consumer. */
  readonly authority: string;
  /** How many tasks are stored: the owner looks. */
  total(): Promise<number>;
}

export function guardedProduct(env: Record<string, string> = {}): Promise<Product> {
  return startProduct({
    ADMIN_TOKEN,
    WEBHOOK_SECRET: `whsec_${SECRET_KEY.toString("base64")}`,
    LOG_LEVEL: "info",
    ...env,
  });
}

export async function readTotal(product: Product): Promise<number> {
  const response = await fetch(`${product.consumer}/api/summary`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as Summary).total;
}

/** One product, guarded as on the open internet, for every attack that leaves it as it was. */
export const test = base.extend<object, { target: Target }>({
  target: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names it is asked for
    async ({}, use) => {
      await using product = await guardedProduct();
      await use({
        product,
        authority: new URL(product.consumer).host,
        total: () => readTotal(product),
      });
    },
    { scope: "worker", timeout: 90_000 },
  ],
});

let sent = 0;

/** A task that nobody has sent before. */
export function newTask(fields: object = {}): Record<string, unknown> {
  sent += 1;
  return { batchid: `attack-${process.pid}`, id: sent, owner: "Eve", priority: "Low", ...fields };
}

export interface Forgery {
  id?: string;
  timestamp?: string | number;
  key?: Buffer;
  body?: string;
}

/** Signs as the specification says, without any of the product's code. */
export function sign(body: string, forged: Forgery = {}): Record<string, string> {
  const id = forged.id ?? `msg_${randomBytes(8).toString("hex")}`;
  const timestamp = String(forged.timestamp ?? Math.floor(Date.now() / 1_000));
  const mac = createHmac("sha256", forged.key ?? SECRET_KEY)
    .update(`${id}.${timestamp}.${forged.body ?? body}`)
    .digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${mac}`,
  };
}

/** Sends bytes as they are and reads until the other side closes, or `limitMs` is over. */
export async function sendRaw(
  origin: string,
  bytes: string | Buffer,
  { limitMs = 1_500 }: { limitMs?: number } = {},
): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("data", (part) => {
    answer += part;
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(bytes);
  const closed = once(socket, "close");
  const timer = setTimeout(() => socket.destroy(), limitMs);
  await closed;
  clearTimeout(timer);
  return answer;
}

/** The statuses of the answers in what a connection has said. */
export function statuses(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
