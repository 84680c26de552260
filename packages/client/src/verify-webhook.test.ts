import { expect, test } from "vitest";
import { OTHER_SECRET, SECRET, signed } from "./fixtures/secret.ts";
import { type ResultPayload, verifyWebhook } from "./verify-webhook.ts";

const payload: ResultPayload<number> = {
  id: `t${"0".repeat(25)}`,
  status: "finished",
  event_type: "job.completed",
  timestamp: "2026-01-31T12:00:01.000Z",
  started_at: "2026-01-31T12:00:00.000Z",
  ended_at: "2026-01-31T12:00:01.000Z",
  duration: 1,
  attempts: 1,
  result: { type: "success", retval: 100, error: null },
  task: { batchid: "b", id: 1, owner: "Ann", priority: "Major" },
};
const body = JSON.stringify(payload);
const bytes = new TextEncoder().encode(body);

test.each([
  ["Headers and a text", new Headers(signed(body)), body],
  ["an object and bytes", signed(body), bytes],
  ["other capitals, an array and a buffer", oddly(signed(body)), bytes.buffer],
])("verifies %s", (_what, headers, body) => {
  const webhook = verifyWebhook<number>({ secret: SECRET, headers, body });
  expect(webhook).toMatchObject({ kind: "verified", id: "msg_1", payload });
  if (webhook.kind !== "verified" || webhook.payload.result.type !== "success") throw new Error();
  const retval: number = webhook.payload.result.retval;
  expect(retval).toBe(100);
});

function oddly(headers: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
  );
}

test("several secrets, one of which fits", () => {
  const secret = [OTHER_SECRET, SECRET];
  for (const either of [secret, secret.join(" ")]) {
    expect(verifyWebhook({ secret: either, headers: signed(body), body }).kind).toBe("verified");
  }
});

test.each([
  ["unsigned", {}, body],
  ["malformed", { ...signed(body), "webhook-timestamp": "x" }, body],
  ["malformed", { ...signed(body), "webhook-id": ["a", "b"] }, body, "mismatch"],
  ["stale", signed(body, { nowMs: Date.now() - 400_000 }), body],
  ["stale", signed(body, { nowMs: Date.now() + 400_000 }), body],
  ["mismatch", signed(body, { secret: OTHER_SECRET }), body],
  ["mismatch", signed(body), `${body} `],
  ["not_a_result", signed("{"), "{"],
  ["not_a_result", signed("[]"), "[]"],
  ["not_a_result", signed('{"id":"x"}'), '{"id":"x"}'],
  ["not_a_result", signed(""), ""],
])("refuses as %s", (reason, headers, body, other = reason) => {
  const webhook = verifyWebhook({ secret: SECRET, headers, body });
  expect(webhook).toEqual({ kind: "refused", reason: other, message: expect.stringMatching(/ /) });
});

test("the tolerance is the receiver's", () => {
  const headers = signed(body, { nowMs: Date.now() - 400_000 });
  const toleranceSeconds = 500;
  expect(verifyWebhook({ secret: SECRET, headers, body, toleranceSeconds }).kind).toBe("verified");
});

test.each([
  [{ secret: "" }, "`secret`: there is no secret"],
  [{ secret: undefined }, "`secret` must be a text or an array of texts, not nothing"],
  [{ body: payload }, "a parsed one can't be verified"],
  [{ headers: null }, "`headers` must be a Headers or an object, not null"],
  [{ secrets: [] }, "verifyWebhook does not take `secrets`"],
])("input that can't be any is a TypeError: %j", (input, message) => {
  const verify = () =>
    verifyWebhook({ secret: SECRET, headers: signed(body), body, ...(input as object) });
  expect(verify).toThrow(TypeError);
  expect(verify).toThrow(message);
});
