import { expect, test } from "vitest";
import { RateWindow } from "./rate-window.ts";

test("a steady stream shows its rate", () => {
  const rate = new RateWindow(0);
  for (let ms = 0; ms < 20_000; ms += 100) rate.add(20, ms);
  expect(rate.perSecond(20_000)).toBeCloseTo(200, 5);
  expect(rate.history(20_000).slice(-20)).toEqual(Array(20).fill(200));
});

test("it goes to zero when nothing comes and forgets after a minute", () => {
  const rate = new RateWindow(0);
  rate.add(500, 500);
  expect(rate.perSecond(1_000)).toBeCloseTo(500);
  expect(rate.perSecond(6_000)).toBe(0);
  expect(rate.history(30_000).filter(Boolean)).toEqual([500]);
  expect(rate.history(62_000).every((n) => n === 0)).toBe(true);
});

test("a long sleep and a clock set back leave no traces", () => {
  const rate = new RateWindow(10_000);
  rate.add(7, 10_100);
  expect(rate.perSecond(10_000_000)).toBe(0);
  rate.add(3, 9_000);
  expect(rate.history(10_001_000).at(-1)).toBe(3);
  expect(rate.history(0)).toHaveLength(59);
});
