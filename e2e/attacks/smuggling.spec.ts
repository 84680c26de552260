import { expect } from "@playwright/test";
import { newTask, sendRaw, sign, statuses, test } from "./target.ts";

/** A second request that must never be executed, hidden behind or within a first one. */
function hidden(): string {
  const body = JSON.stringify(newTask());
  return request("/consumetasks", { ...sign(body), "content-length": String(body.length) }, body);
}

function request(path: string, headers: Record<string, string>, body = ""): string {
  const lines = Object.entries({ host: "127.0.0.1", ...headers }).map(([k, v]) => `${k}: ${v}`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}

const JSON_TYPE = { "content-type": "application/json" };

const DISAGREEMENTS: Record<string, () => string> = {
  "Content-Length and Transfer-Encoding": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "content-length": "5", "transfer-encoding": "chunked" },
      `0\r\n\r\n${hidden()}`,
    ),
  "two lengths": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "content-length": "2", "Content-Length": "200" },
      `{}${hidden()}`,
    ),
  "a length list": () =>
    request("/consumetasks", { ...JSON_TYPE, "content-length": "2, 2" }, `{}${hidden()}`),
  "a negative length": () =>
    request("/consumetasks", { ...JSON_TYPE, "content-length": "-1" }, hidden()),
  "a length with a sign": () =>
    request("/consumetasks", { ...JSON_TYPE, "content-length": "+2" }, `{}${hidden()}`),
  "a length in hexadecimal": () =>
    request("/consumetasks", { ...JSON_TYPE, "content-length": "0x2" }, `{}${hidden()}`),
  "an unknown transfer encoding": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "transfer-encoding": "xchunked" },
      `0\r\n\r\n${hidden()}`,
    ),
  "chunked, then something else": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "transfer-encoding": "chunked, identity" },
      `0\r\n\r\n${hidden()}`,
    ),
  "a space before the colon": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "transfer-encoding ": "chunked", "content-length": "5" },
      `0\r\n\r\n${hidden()}`,
    ),
  "a folded header": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "x-a": "b\r\n content-length: 0", "transfer-encoding": "\r\n chunked" },
      `0\r\n\r\n${hidden()}`,
    ),
  "a bare line feed": () =>
    `POST /consumetasks HTTP/1.1\nhost: 127.0.0.1\ntransfer-encoding: chunked\ncontent-length: 5\n\n0\r\n\r\n${hidden()}`,
  "a chunk size that overflows": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "transfer-encoding": "chunked" },
      `fffffffffffffffff1\r\n{}\r\n0\r\n\r\n${hidden()}`,
    ),
  "a chunk that is longer than it says": () =>
    request(
      "/consumetasks",
      { ...JSON_TYPE, "transfer-encoding": "chunked" },
      `1\r\n{}\r\n0\r\n\r\n${hidden()}`,
    ),
};

for (const [name, attack] of Object.entries(DISAGREEMENTS)) {
  test(`${name}: one refusal, the connection ends, nothing behind it is executed`, async ({
    target,
  }) => {
    const before = await target.total();
    const answer = await sendRaw(target.product.consumer, attack());
    const seen = statuses(answer);
    expect(seen.length, answer).toBeLessThanOrEqual(1);
    for (const status of seen) expect(status).toBeGreaterThanOrEqual(400);
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/m);
    expect(await target.total()).toBe(before);
  });
}

test("a body that is longer than its length: the rest is no request", async ({ target }) => {
  const before = await target.total();
  const body = JSON.stringify(newTask());
  const headers = { ...sign(body), "content-length": String(body.length) };
  const answer = await sendRaw(
    target.product.consumer,
    request("/consumetasks", headers, `${body}${body}`),
  );
  const [first, ...others] = statuses(answer);
  expect(first).toBe(200);
  for (const status of others) expect(status).toBe(400);
  expect(await target.total()).toBe(before + 1);
});

test("a request behind a refused one is judged by itself", async ({ target }) => {
  const before = await target.total();
  const body = JSON.stringify(newTask());
  const refused = request(
    "/consumetasks",
    { ...JSON_TYPE, "content-length": String(body.length) },
    body,
  );
  const answer = await sendRaw(target.product.consumer, refused + refused);
  for (const status of statuses(answer)) expect(status).toBe(401);
  expect(await target.total()).toBe(before);
});
