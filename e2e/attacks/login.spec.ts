import { expect, test } from "@playwright/test";
import type { Product } from "../src/product.ts";
import { ADMIN_TOKEN, guardedProduct, SECRET_KEY } from "./target.ts";

/** Guessing locks an address out, so that each of these has a product of its own. */
function logIn(origin: string, token: string, next = "/"): Promise<Response> {
  return fetch(`${origin}/login`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin },
    body: new URLSearchParams({ token, next }),
    redirect: "manual",
  });
}

const GUARDED = {
  consumer: ["/", "/api/summary", "/api/tasks", "/api/tasks.csv", "/metrics", "/nowhere"],
  producer: ["/", "/api/batches", "/api/batches/x/events", "/api/settings", "/metrics", "/nowhere"],
} as const;

test("without the token nothing is shown and nothing is done", async () => {
  await using product = await guardedProduct();
  for (const app of ["consumer", "producer"] as const) {
    for (const path of GUARDED[app]) {
      for (const headers of [
        {},
        { authorization: "Bearer" },
        { authorization: "Bearer " },
        { authorization: "Basic YWRtaW46YWRtaW4=" },
        { cookie: "session=1; taskpulse=admin" },
      ]) {
        const response = await fetch(product[app] + path, { headers, redirect: "manual" });
        // No token is no guess, also where the header for it is there: nobody is locked out by it.
        expect(response.status, `${app} ${path} ${JSON.stringify(headers)}`).toBe(401);
      }
      const page = await fetch(product[app] + path, {
        headers: { accept: "text/html" },
        redirect: "manual",
      });
      expect(page.status, `${app} ${path}`).toBe(303);
      expect(page.headers.get("location")).toMatch(/^\/login(\?next=|$)/);
    }
    const ready = await fetch(`${product[app]}/readyz`);
    expect(Object.keys((await ready.json()) as object)).toEqual(["status"]);
  }
  for (const path of ["/api/batches", "/producetasks", "/api/batches/x/cancel"]) {
    const response = await fetch(product.producer + path, { method: "POST" });
    expect(response.status, path).toBe(401);
  }
});

const guess = {
  atForm: (origin: string, i: number) => logIn(origin, `guess-${i}-guess`),
  inHeader: (origin: string, i: number) =>
    fetch(`${origin}/api/summary`, { headers: { authorization: `Bearer guess-${i}` } }),
};

test("guessing is stopped after ten, at the form and in headers, on both apps", async () => {
  await using product = await guardedProduct();
  const seen: number[] = [];
  for (let i = 0; i < 15; i++) {
    const response = await guess[i % 2 === 0 ? "atForm" : "inHeader"](product.consumer, i);
    seen.push(response.status);
    if (response.status === 429) {
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  }
  expect(seen).toEqual([...Array(10).fill(401), ...Array(5).fill(429)]);
  for (const origin of [product.consumer, product.producer]) {
    expect((await guess.atForm(origin, 99)).status).toBe(429);
    expect((await logIn(origin, ADMIN_TOKEN)).status).toBe(429);
  }
  const forged = await fetch(`${product.consumer}/login`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-forwarded-for": "203.0.113.9",
      forwarded: "for=203.0.113.9",
    },
    body: new URLSearchParams({ token: "guess-again" }),
  });
  expect(forged.status).toBe(429);
});

test("guesses that go to both apps in turns are counted together", async () => {
  await using product = await guardedProduct();
  const seen: number[] = [];
  for (let i = 0; i < 30; i++) {
    seen.push((await guess.atForm(i % 3 === 1 ? product.producer : product.consumer, i)).status);
  }
  // An app hears of the guesses at the other one with its own next one: that may be the eleventh.
  expect(seen.filter((status) => status === 401).length).toBeLessThanOrEqual(11);
  expect(seen.slice(11)).toEqual(Array(19).fill(429));
});

test("guesses that come all at once are no more than those one after the other", async () => {
  await using product = await guardedProduct();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => logIn(product.consumer, `guess-${i}-guess`)),
  );
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
});

test("after signing in nobody is sent elsewhere", async () => {
  await using product = await guardedProduct();
  for (const next of [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "/%0d%0aset-cookie:%20x=y",
    "\r\nset-cookie: x=y",
    "http:evil.example",
    "@evil.example",
  ]) {
    const response = await logIn(product.consumer, ADMIN_TOKEN, next);
    expect(response.status, next).toBe(303);
    const location = response.headers.get("location") ?? "";
    const target = new URL(location, product.consumer);
    expect(target.origin, `${next} led to ${location}`).toBe(product.consumer);
    expect(response.headers.getSetCookie()).toHaveLength(1);
  }
});

test("the token is nowhere to be found", async ({ page }) => {
  await using product: Product = await guardedProduct();
  await page.goto(product.consumer);
  await page.getByLabel(/admin token/i).fill(ADMIN_TOKEN);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${product.consumer}/`);
  await expect(page.getByText("live").first()).toBeVisible();
  const html = await page.content();
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  const cookies = JSON.stringify(await page.context().cookies());
  for (const text of [html, stored, cookies, product.output()]) {
    for (const secret of [ADMIN_TOKEN, SECRET_KEY.toString("base64")]) {
      expect(text.includes(secret)).toBe(false);
    }
  }
  const readable = await page.evaluate(() => document.cookie);
  expect(readable).toBe("");
  // One session serves both apps.
  await page.goto(product.producer);
  await expect(page.getByRole("button", { name: "Produce Tasks" })).toBeVisible();
});
