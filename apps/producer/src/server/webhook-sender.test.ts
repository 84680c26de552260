import { captureServer, freePort, until } from "@taskpulse/test-kit";
import { verifyWebhook } from "@taskpulse/webhook";
import { expect, test } from "vitest";
import { newSecret } from "../fixtures/producer-under-test.ts";
import { WebhookSender } from "./webhook-sender.ts";

const signer = newSecret();
const secret = () => signer;
const message = (body: string) => ({ id: "batch-1", body });

test("sends JSON over connections that are kept, and tells how it was answered", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ secret, url: `${receiver.url}/hook?a=1` });
  expect(await sender.send(message('{"id":1}'))).toMatchObject({ kind: "delivered", status: 200 });
  expect(receiver.requests[0]).toMatchObject({
    method: "POST",
    path: "/hook?a=1",
    body: '{"id":1}',
  });

  receiver.answer({ status: 204 });
  expect(await sender.send(message("{}"))).toMatchObject({ kind: "delivered", status: 204 });
  receiver.answer({ status: 302, headers: { location: "/" } });
  expect(await sender.send(message("{}"))).toMatchObject({
    kind: "failed",
    status: 302,
    reason: "Found",
  });
  receiver.answer({ status: 503, headers: { "retry-after": "7" }, body: { reason: "full" } });
  expect(await sender.send(message("{}"))).toMatchObject({
    ...{ kind: "failed", status: 503, reason: "full", retryAfterMs: 7_000 },
  });
  for (const status of [400, 401, 404, 408, 413, 429, 500]) {
    receiver.answer({ status });
    expect(await sender.send(message("{}"))).toMatchObject({ kind: "failed", status });
  }
  expect(sender.inFlight).toBe(0);
});

test("every try is signed afresh, under the same id", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ secret, url: receiver.url });
  const beganMs = Date.now();
  await sender.send(message('{"owner":"Zoë"}'));
  await until(() => Math.floor(Date.now() / 1_000) > Math.floor(beganMs / 1_000));
  await sender.send(message('{"owner":"Zoë"}'));
  const answers = receiver.requests.map(({ headers, body }) => ({
    given: headers,
    verified: verifyWebhook({
      headers,
      body: Buffer.from(body),
      secrets: [signer],
      nowMs: Date.now(),
      toleranceSeconds: 10,
    }),
  }));
  expect(answers.map(({ verified }) => verified)).toEqual(
    answers.map(() => expect.objectContaining({ kind: "verified", id: "batch-1" })),
  );
  const [first, second] = answers.map(({ given }) => Number(given["webhook-timestamp"]));
  expect(second).toBeGreaterThan(first ?? Number.NaN);
});

test("says why nothing answered", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ secret, url: receiver.url, timeoutMs: 1_000 });
  receiver.answer("reset");
  expect(await sender.send(message("{}"))).toMatchObject({
    ...{ kind: "failed", status: null, reason: "connection closed before an answer" },
  });
  receiver.answer("hang");
  const both = await Promise.all([sender.send(message("{}")), sender.send(message("{}"))]);
  for (const result of both) {
    expect(result).toMatchObject({ status: null, reason: "no answer within 1 s" });
    if (result.kind !== "failed") throw new Error("nothing answered, yet it counts as delivered");
    expect(result.ms).toBeGreaterThanOrEqual(995);
    expect(result.ms).toBeLessThan(5_000);
  }
  // What hung does not stand in the way of what comes after it.
  receiver.answer({});
  expect(await sender.send(message("{}"))).toMatchObject({ kind: "delivered" });

  await using nobody = new WebhookSender({ secret, url: `http://127.0.0.1:${await freePort()}/` });
  expect(await nobody.send(message("{}"))).toMatchObject({
    status: null,
    reason: "connection refused",
  });
});

test("a try that waits for a connection does not spend its time limit waiting", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({
    secret,
    url: receiver.url,
    timeoutMs: 1_000,
    connections: 1,
  });
  receiver.answer(({ body }) => (body === "1" ? "hang" : {}));
  const kinds = await Promise.all(
    ["1", "2", "3"].map(async (body) => (await sender.send(message(body))).kind),
  );
  expect(kinds).toEqual(["failed", "delivered", "delivered"]);
});

test("a try that is not wanted any more when its turn comes is not sent", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ secret, url: receiver.url, connections: 1 });
  let wanted = true;
  const results = ["1", "2", "3"].map((body) => sender.send(message(body), () => wanted));
  wanted = false;
  expect([sender.inFlight, sender.waiting]).toEqual([1, 2]);
  expect((await Promise.all(results)).map(({ kind }) => kind)).toEqual([
    ...["delivered", "withdrawn", "withdrawn"],
  ]);
  expect(receiver.requests.map(({ body }) => body)).toEqual(["1"]);
  wanted = true;
  expect((await sender.send(message("4"), () => wanted)).kind).toBe("delivered");
});

test("reads no more than it has to of a long answer", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ secret, url: receiver.url });
  receiver.answer({ body: "x".repeat(5_000_000) });
  expect(await sender.send(message("{}"))).toMatchObject({ kind: "delivered", status: 200 });
  receiver.answer({ status: 500, body: "x".repeat(5_000_000) });
  expect(await sender.send(message("{}"))).toMatchObject({ kind: "failed", status: 500 });
});
