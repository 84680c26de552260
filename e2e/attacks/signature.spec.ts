import { expect } from "@playwright/test";
import { newTask, SECRET_KEY, sign, test } from "./target.ts";

const body = () => JSON.stringify(newTask());
const now = () => Math.floor(Date.now() / 1_000);

type Attempt = (text: string) => { headers: Record<string, string>; body?: string };

const unsigned = { "content-type": "application/json" };
const FORGERIES: Record<string, Attempt> = {
  "no signature": () => ({ headers: unsigned }),
  "an id alone": () => ({ headers: { ...unsigned, "webhook-id": "msg_1" } }),
  "another secret": (text) => ({ headers: sign(text, { key: Buffer.alloc(32, 1) }) }),
  "an empty secret": (text) => ({ headers: sign(text, { key: Buffer.alloc(0) }) }),
  "the secret's text instead of its bytes": (text) => ({
    headers: sign(text, { key: Buffer.from(SECRET_KEY.toString("base64")) }),
  }),
  "a body that was changed": (text) => ({
    headers: sign(text),
    body: text.replace('"Low"', '"Critical"'),
  }),
  "the same JSON, written differently": (text) => ({ headers: sign(text), body: `${text} ` }),
  "a body of another message": (text) => ({ headers: sign(text, { body: body() }) }),
  "an id that was changed": (text) => ({ headers: { ...sign(text), "webhook-id": "msg_other" } }),
  "a timestamp that was refreshed": (text) => ({
    headers: { ...sign(text, { timestamp: now() - 200 }), "webhook-timestamp": String(now()) },
  }),
  "a signature from long ago": (text) => ({ headers: sign(text, { timestamp: now() - 302 }) }),
  "a signature from the future": (text) => ({ headers: sign(text, { timestamp: now() + 310 }) }),
  "a timestamp with something behind it": (text) => ({
    headers: sign(text, { timestamp: `${now()}abc` }),
  }),
  "a timestamp in milliseconds": (text) => ({ headers: sign(text, { timestamp: Date.now() }) }),
  "a timestamp that is no number": (text) => ({ headers: sign(text, { timestamp: "NaN" }) }),
  "another version's name": (text) => {
    const headers = sign(text);
    return {
      headers: {
        ...headers,
        "webhook-signature": (headers["webhook-signature"] ?? "").replace("v1,", "v1a,"),
      },
    };
  },
  "a signature without its version": (text) => {
    const headers = sign(text);
    return {
      headers: {
        ...headers,
        "webhook-signature": (headers["webhook-signature"] ?? "").slice(3),
      },
    };
  },
  "a signature that was cut": (text) => {
    const headers = sign(text);
    return {
      headers: {
        ...headers,
        "webhook-signature": (headers["webhook-signature"] ?? "").slice(0, -4),
      },
    };
  },
};

for (const [name, attempt] of Object.entries(FORGERIES)) {
  test(`${name} is refused, and nothing is stored`, async ({ target }) => {
    const before = await target.total();
    const text = body();
    const forged = attempt(text);
    const response = await fetch(`${target.product.consumer}/consumetasks`, {
      method: "POST",
      headers: forged.headers,
      body: forged.body ?? text,
    });
    const answer = await response.text();
    expect(response.status, answer).toBe(401);
    expect(JSON.parse(answer)).toMatchObject({
      status: "failure",
      code: expect.stringMatching(/^signature_/),
    });
    // An answer that shows the signature that would have passed gives it away.
    expect(answer).not.toContain((sign(text)["webhook-signature"] ?? "").slice(3, 20));
    expect(answer).not.toContain("whsec_");
    expect(await target.total()).toBe(before);
  });
}

test("what is signed correctly passes: the refusals above mean something", async ({ target }) => {
  const text = body();
  const response = await fetch(`${target.product.consumer}/consumetasks`, {
    method: "POST",
    headers: sign(text),
    body: text,
  });
  expect(response.status).toBe(200);
});

test("a bad signature is told before the JSON is looked at", async ({ target }) => {
  const response = await fetch(`${target.product.consumer}/consumetasks`, {
    method: "POST",
    headers: sign("{", { key: Buffer.alloc(32, 1) }),
    body: "{",
  });
  expect(response.status).toBe(401);
});
