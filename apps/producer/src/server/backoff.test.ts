import fc from "fast-check";
import { expect, test } from "vitest";
import { DELIVERY_BACKOFF, nextTryDelayMs } from "./backoff.ts";

test("doubles from half a second to thirty", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 60].map((tries) =>
    nextTryDelayMs(DELIVERY_BACKOFF, tries, null, 0.5),
  );
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("stays within a fifth of that, and honours a longer Retry-After up to the maximum", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.option(fc.integer({ min: 0, max: 10_000_000 })),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tries, retryAfterMs, random) => {
        const base = Math.min(500 * 2 ** Math.min(tries - 1, 30), 30_000);
        const delay = nextTryDelayMs(DELIVERY_BACKOFF, tries, retryAfterMs, random);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(base * 0.8));
        expect(delay).toBeGreaterThanOrEqual(Math.min(retryAfterMs ?? 0, 30_000));
        expect(delay).toBeLessThanOrEqual(36_000);
      },
    ),
  );
});
