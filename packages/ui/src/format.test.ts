import { expect, test } from "vitest";
import {
  countOf,
  formatAge,
  formatCount,
  formatDateTime,
  formatDuration,
  formatRate,
  formatTime,
  shortId,
} from "./format.ts";

test("counts are grouped in thousands and take the right noun", () => {
  expect(formatCount(0)).toBe("0");
  expect(formatCount(12_408)).toBe("12,408");
  expect(countOf(1, "task")).toBe("1 task");
  expect(countOf(2_000, "task")).toBe("2,000 tasks");
  expect(countOf(2, "batch", "batches")).toBe("2 batches");
});

test("a rate has a decimal only where it tells something", () => {
  expect([0, -1, 0.34, 9.94, 9.96, 212.4, 2_000].map(formatRate)).toEqual([
    "0",
    "0",
    "0.3",
    "9.9",
    "10",
    "212",
    "2,000",
  ]);
});

test("times have a fixed width in every case", () => {
  const at = "2026-03-04T05:06:07.089Z";
  expect(formatTime(at, { utc: true })).toBe("05:06:07");
  expect(formatTime(at, { utc: true, millis: true })).toBe("05:06:07.089");
  expect(formatTime("never")).toBe("--:--:--");
  expect(formatTime("never", { millis: true })).toHaveLength("05:06:07.089".length);
  expect(formatDateTime(at, { utc: true })).toBe("2026-03-04 05:06:07");
  expect(formatDateTime(Number.NaN)).toBe("unknown");
});

test("durations show their two largest units", () => {
  const shown = [3.6, 999.4, 999.6, 1_240, 41_200, 59_700, 185_000, 7_800_000, 273_600_000];
  expect(shown.map(formatDuration)).toEqual([
    "4 ms",
    "999 ms",
    "1.0 s",
    "1.2 s",
    "41 s",
    "1 min 00 s",
    "3 min 05 s",
    "2 h 10 min",
    "3 d 4 h",
  ]);
  expect(formatDuration(Number.POSITIVE_INFINITY)).toBe("–");
});

test("ages count up and a clock that is ahead shows now", () => {
  const now = Date.parse("2026-03-04T05:06:07Z");
  const ago = (seconds: number) => formatAge(now - seconds * 1_000, now);
  expect([-5, 0, 12, 190, 7_300, 500_000].map(ago)).toEqual([
    "now",
    "now",
    "12 s ago",
    "3 min ago",
    "2 h ago",
    "5 d ago",
  ]);
  expect(formatAge("never", now)).toBe("unknown");
});

test("an identifier is shortened only where that saves something", () => {
  expect(shortId("6f1c2a90-1111-4222-8333-444455556666")).toBe("6f1c2a90…");
  expect(shortId("nightly-1")).toBe("nightly-1");
});
