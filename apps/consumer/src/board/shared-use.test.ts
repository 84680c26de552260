import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SharedUse } from "./shared-use.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("it runs on while the next page comes, and ends when none does", () => {
  const told: string[] = [];
  const shared = new SharedUse(() => {
    told.push("start");
    return () => told.push("stop");
  });
  const first = shared.begin();
  first();
  vi.advanceTimersByTime(500);
  const second = shared.begin();
  const third = shared.begin();
  vi.advanceTimersByTime(5_000);
  second();
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(["start"]);
  third();
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(["start", "stop"]);
  shared.begin();
  expect(told).toEqual(["start", "stop", "start"]);
});
