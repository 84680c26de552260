import type { ClaimedDelivery } from "@taskpulse/store";
import { deliveryRequest } from "@taskpulse/store";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeTry, type TryResult } from "./judge-try.ts";

const claim = (tries: number, asked = {}): ClaimedDelivery => ({
  ...{ deliveryid: "d", token: "t", event: "job.completed", taskid: "a", subscriptionid: "" },
  ...{ tries, total: tries + 5, round: 0, proven: true, body: "{}" },
  request: deliveryRequest({ url: "http://a.example/", ...asked }),
});
const http = (status: number, more = {}): TryResult => ({
  ...{ kind: "failed", retryable: false, status, reply: "no" },
  error: { type: "HttpError", message: `HTTP ${status}`, status },
  ...more,
});
const failure = (
  type: "Timeout" | "ConnectionFailed" | "AddressRefused" | "InvalidResponse",
): TryResult => ({
  ...{ kind: "failed", retryable: false, error: { type, message: "why" } },
});
const judge = (result: TryResult, tries = 0, asked = {}, random = 0.5) =>
  judgeTry(claim(tries, asked), result, { at: 1_000, ms: 7 }, random);

test("2xx is delivered, with what was answered", () => {
  expect(judge({ kind: "delivered", status: 202, reply: "thanks" })).toMatchObject({
    ...{ next: { kind: "delivered" }, reached: "delivered", pauseMs: 0 },
    attempt: { n: 6, at: 1_000, ms: 7, status: 202, reply: "thanks" },
  });
});

test.each([301, 304, 400, 401, 404, 408, 413, 422, 429, 500, 501, 503])(
  "HTTP %i may pass: it is sent again",
  (status) => {
    const judged = judge(http(status));
    expect(judged).toMatchObject({ next: { kind: "retry", inMs: 10_000 }, reached: "answered" });
    expect(judged.attempt).toMatchObject({ n: 6, status, reply: "no", retryInMs: 10_000 });
  },
);

test("410 and an address that may not be called are final", () => {
  expect(judge(http(410)).next).toEqual({ kind: "disable", why: "it answered 410 (gone)" });
  expect(judge(failure("AddressRefused"))).toMatchObject({
    ...{ next: { kind: "failed", why: "why" }, reached: "unsent" },
  });
});

test("only what got no answer tells that the host may be dead", () => {
  expect(judge(failure("Timeout")).reached).toBe("silent");
  expect(judge(failure("ConnectionFailed")).reached).toBe("silent");
  expect(judge(failure("InvalidResponse")).reached).toBe("answered");
  const broken = { kind: "broken", error: { type: "CallerError", message: "x" } } as const;
  expect(judge(broken)).toMatchObject({ reached: "unsent", next: { kind: "retry" } });
});

test("the intervals are waited for, the last one repeats, up to 20 % earlier or later, and then it is over", () => {
  const asked = { max_retries: 4, retry_intervals: [1, 20] };
  fc.assert(
    fc.property(fc.nat(6), fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
      const { next } = judge(http(500), tries, asked, random);
      if (tries >= 4) {
        expect(next).toEqual({ kind: "failed", why: `HTTP 500 (try ${tries + 1} of 5)` });
        return;
      }
      const ms = tries === 0 ? 1_000 : 20_000;
      expect(next.kind === "retry" && next.inMs).toBeGreaterThanOrEqual(0.8 * ms - 1);
      expect(next.kind === "retry" && next.inMs).toBeLessThanOrEqual(1.2 * ms + 1);
    }),
  );
  expect(judge(http(500), 0, { max_retries: 0 }).next.kind).toBe("failed");
});

test("Retry-After is a minimum for this delivery, and pauses its endpoint", () => {
  const judged = judge(http(503, { retryAfterMs: 3_600_000 }));
  expect(judged.next.kind === "retry" && judged.next.inMs).toBeGreaterThanOrEqual(3_600_000);
  expect(judged.pauseMs).toBe(3_600_000);
  expect(judge(http(503, { retryAfterMs: 1_000 })).next).toEqual({ kind: "retry", inMs: 10_000 });
});
