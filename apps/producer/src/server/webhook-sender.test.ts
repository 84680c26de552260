import { captureServer, freePort } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { WebhookSender } from "./webhook-sender.ts";

test("sends JSON over connections that are kept, and tells how it was answered", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ url: `${receiver.url}/hook?a=1` });
  expect(await sender.send('{"id":1}')).toMatchObject({ kind: "delivered", status: 200 });
  expect(receiver.requests[0]).toMatchObject({
    method: "POST",
    path: "/hook?a=1",
    body: '{"id":1}',
  });

  receiver.answer({ status: 204 });
  expect(await sender.send("{}")).toMatchObject({ kind: "delivered", status: 204 });
  receiver.answer({ status: 302, headers: { location: "/" } });
  expect(await sender.send("{}")).toMatchObject({ kind: "failed", status: 302, reason: "Found" });
  receiver.answer({ status: 503, headers: { "retry-after": "7" }, body: { reason: "full" } });
  expect(await sender.send("{}")).toMatchObject({
    ...{ kind: "failed", status: 503, reason: "full", retryAfterMs: 7_000 },
  });
  for (const status of [400, 401, 404, 408, 413, 429, 500]) {
    receiver.answer({ status });
    expect(await sender.send("{}")).toMatchObject({ kind: "failed", status });
  }
  expect(sender.inFlight).toBe(0);
});

test("says why nothing answered", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ url: receiver.url, timeoutMs: 1_000 });
  receiver.answer("reset");
  expect(await sender.send("{}")).toMatchObject({
    ...{ kind: "failed", status: null, reason: "connection closed before an answer" },
  });
  receiver.answer("hang");
  const both = await Promise.all([sender.send("{}"), sender.send("{}")]);
  for (const result of both) {
    expect(result).toMatchObject({ status: null, reason: "no answer within 1 s" });
    if (result.kind !== "failed") throw new Error("nothing answered, yet it counts as delivered");
    expect(result.ms).toBeGreaterThanOrEqual(995);
    expect(result.ms).toBeLessThan(5_000);
  }
  // What hung does not stand in the way of what comes after it.
  receiver.answer({});
  expect(await sender.send("{}")).toMatchObject({ kind: "delivered" });

  await using nobody = new WebhookSender({ url: `http://127.0.0.1:${await freePort()}/` });
  expect(await nobody.send("{}")).toMatchObject({ status: null, reason: "connection refused" });
});

test("a try that waits for a connection does not spend its time limit waiting", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ url: receiver.url, timeoutMs: 1_000, connections: 1 });
  receiver.answer(({ body }) => (body === "1" ? "hang" : {}));
  const kinds = await Promise.all(
    ["1", "2", "3"].map(async (body) => (await sender.send(body)).kind),
  );
  expect(kinds).toEqual(["failed", "delivered", "delivered"]);
});

test("a try that is not wanted any more when its turn comes is not sent", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ url: receiver.url, connections: 1 });
  let wanted = true;
  const results = ["1", "2", "3"].map((body) => sender.send(body, () => wanted));
  wanted = false;
  expect([sender.inFlight, sender.waiting]).toEqual([1, 2]);
  expect((await Promise.all(results)).map(({ kind }) => kind)).toEqual([
    ...["delivered", "withdrawn", "withdrawn"],
  ]);
  expect(receiver.requests.map(({ body }) => body)).toEqual(["1"]);
  wanted = true;
  expect((await sender.send("4", () => wanted)).kind).toBe("delivered");
});

test("reads no more than it has to of a long answer", async () => {
  await using receiver = await captureServer();
  await using sender = new WebhookSender({ url: receiver.url });
  receiver.answer({ body: "x".repeat(5_000_000) });
  expect(await sender.send("{}")).toMatchObject({ kind: "delivered", status: 200 });
  receiver.answer({ status: 500, body: "x".repeat(5_000_000) });
  expect(await sender.send("{}")).toMatchObject({ kind: "failed", status: 500 });
});
