import { expect, test } from "vitest";
import { clampRetryAfter, readRetryAfter } from "./retry-after.ts";

test.each([
  [undefined, null],
  ["3", 3_000],
  ["0", 0],
  ["-1", null],
  ["soon", null],
  ["Wed, 21 Oct 2015 07:28:10 GMT", 10_000],
  ["Wed, 21 Oct 2015 07:27:00 GMT", 0],
  ["2015-10-21T07:28:10Z", null],
  ["1.5", null],
  ["", null],
])("Retry-After %s is %s ms", (header, ms) => {
  expect(readRetryAfter(header, Date.parse("Wed, 21 Oct 2015 07:28:00 GMT"))).toBe(ms);
});

test("it is kept within a second and a day", () => {
  expect([0, 999, 5_000, 1e9, Infinity].map(clampRetryAfter)).toEqual([
    ...[1_000, 1_000, 5_000, 86_400_000, 86_400_000],
  ]);
});
