import fc from "fast-check";
import { expect, test } from "vitest";
import { nextDelayMs } from "./retry-policy.ts";

test("one interval after the other, the last one repeats", () => {
  const delays = [1, 2, 3, 4, 50].map((attempt) =>
    nextDelayMs({ intervals: [10, 30, 120], attempt, random: 0.5 }),
  );
  expect(delays).toEqual([10_000, 30_000, 120_000, 120_000, 120_000]);
});

test("within a fifth of it, both ways", () => {
  const at = (random: number) => nextDelayMs({ intervals: [5], attempt: 1, random });
  expect([at(0), at(0.25), at(0.5), at(1)]).toEqual([4_000, 4_500, 5_000, 6_000]);
});

test("what the endpoint asked for is a minimum, and not met by all at once", () => {
  const at = (retryAfterMs: number, random: number) =>
    nextDelayMs({ intervals: [5], attempt: 1, random, retryAfterMs });
  expect([at(60_000, 0), at(60_000, 0.5), at(60_000, 1)]).toEqual([60_000, 66_000, 72_000]);
  expect([at(1_000, 0), at(1_000, 1)]).toEqual([4_000, 6_000]);
});

test("the bounds hold for any intervals", () => {
  const seconds = fc.double({ min: 0, max: 86_400, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(seconds, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.option(fc.integer({ min: 1_000, max: 86_400_000 }), { nil: undefined }),
      (intervals, attempt, random, retryAfterMs) => {
        const baseMs = (intervals[attempt - 1] ?? intervals.at(-1) ?? 0) * 1_000;
        const delay = nextDelayMs({ intervals, attempt, random, retryAfterMs });
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.max(baseMs * 0.8 - 1, retryAfterMs ?? 0));
        expect(delay).toBeLessThanOrEqual(Math.max(baseMs, retryAfterMs ?? 0) * 1.2 + 1);
      },
    ),
  );
});

test("without an interval there is no delay to be had", () => {
  expect(() => nextDelayMs({ intervals: [], attempt: 1, random: 0 })).toThrow(RangeError);
});
