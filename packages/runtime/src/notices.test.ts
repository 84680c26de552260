import { capturedLog } from "@taskpulse/test-kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "./logger.ts";
import { Notices } from "./notices.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function newNotices() {
  const log = capturedLog();
  return { log, notices: new Notices(createLogger("test", "info", log.stream), 60_000) };
}

test("the first of a reason is told at once, a flood once per interval, and quiet begins afresh", () => {
  const { log, notices } = newNotices();
  const flood = () => {
    for (let i = 0; i < 5_000; i++) notices.tell("wrong", "wrong ones came", `10.0.0.${i % 20}`);
  };
  flood();
  expect(log.lines()).toMatchObject([
    { reason: "wrong", count: 1, addresses: ["10.0.0.0"], msg: "wrong ones came", part: "test" },
  ]);
  notices.tell("late", "late ones came", "");
  expect(log.lines()[1]).toMatchObject({ reason: "late", count: 1, addresses: ["unknown"] });
  vi.advanceTimersByTime(60_000);
  expect(log.lines()[2]).toMatchObject({ reason: "wrong", count: 4_999 });
  expect(log.lines()[2]?.addresses).toHaveLength(10);
  flood();
  expect(log.lines()).toHaveLength(3);
  vi.advanceTimersByTime(180_000);
  expect(log.lines()).toHaveLength(4);
  notices.tell("wrong", "wrong ones came", "10.0.0.1");
  expect(log.lines()[4]).toMatchObject({ count: 1 });
});

test("at the end, what was counted is told", () => {
  const { log, notices } = newNotices();
  for (let i = 0; i < 3; i++) notices.tell("wrong", "wrong ones came", "::ffff:10.0.0.1");
  notices[Symbol.dispose]();
  expect(log.lines()).toMatchObject([{ count: 1 }, { count: 2, addresses: ["10.0.0.1"] }]);
  expect(vi.getTimerCount()).toBe(0);
});
