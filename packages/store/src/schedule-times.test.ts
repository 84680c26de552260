import type { Timing } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readTiming, type Timetable } from "./schedule-times.ts";

const CREATED = Date.parse("2026-01-01T00:00:00.250Z");

function timetableOf(timing: Timing): Timetable {
  const read = readTiming(timing, CREATED);
  if (read.kind === "invalid") throw new Error(JSON.stringify(read.errors));
  return read.timetable;
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** The first `count` times after then. */
function timesOf(timing: Timing, after: string, count: number): string[] {
  const timetable = timetableOf(timing);
  const times: string[] = [];
  let at: number | null = Date.parse(after);
  while (times.length < count) {
    at = timetable.next(at);
    if (at === null) break;
    times.push(new Date(at).toISOString());
  }
  return times;
}

const daily = (cron: string, timezone: string): Timing => ({ cron, timezone });

test.each<[what: string, timing: Timing, after: string, times: string[]]>([
  [
    "Berlin, a time of day that is skipped: at the end of the gap",
    daily("30 2 * * *", "Europe/Berlin"),
    "2026-03-28T00:00:00Z",
    ["2026-03-28T01:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"],
  ],
  [
    "Berlin, a time of day that comes twice: the first",
    daily("30 2 * * *", "Europe/Berlin"),
    "2026-10-24T12:00:00Z",
    ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"],
  ],
  [
    "Berlin, every half hour over the gap: no such time, no run",
    daily("*/30 * * * *", "Europe/Berlin"),
    "2026-03-29T00:00:00Z",
    ["2026-03-29T00:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-29T01:30:00.000Z"],
  ],
  [
    "Berlin, every half hour through the repeated hour: both times",
    daily("*/30 2 * * *", "Europe/Berlin"),
    "2026-10-24T12:00:00Z",
    [
      ...["2026-10-25T00:00:00.000Z", "2026-10-25T00:30:00.000Z"],
      ...["2026-10-25T01:00:00.000Z", "2026-10-25T01:30:00.000Z", "2026-10-26T01:00:00.000Z"],
    ],
  ],
  [
    "New York, skipped",
    daily("30 2 * * *", "America/New_York"),
    "2026-03-07T12:00:00Z",
    ["2026-03-08T07:00:00.000Z", "2026-03-09T06:30:00.000Z"],
  ],
  [
    "New York, twice",
    daily("30 1 * * *", "America/New_York"),
    "2026-10-31T12:00:00Z",
    ["2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z"],
  ],
  [
    "Lord Howe, whose clock moves by half an hour: skipped",
    daily("15 2 * * *", "Australia/Lord_Howe"),
    "2026-10-03T00:00:00Z",
    ["2026-10-03T15:30:00.000Z", "2026-10-04T15:15:00.000Z"],
  ],
  [
    "Lord Howe, twice",
    daily("45 1 * * *", "Australia/Lord_Howe"),
    "2026-04-04T00:00:00Z",
    ["2026-04-04T14:45:00.000Z", "2026-04-05T15:15:00.000Z"],
  ],
  [
    "Kolkata, half an hour off",
    daily("0 9 * * *", "Asia/Kolkata"),
    "2026-04-04T00:00:00Z",
    ["2026-04-04T03:30:00.000Z", "2026-04-05T03:30:00.000Z"],
  ],
  [
    "an interval does not know of daylight saving",
    { every: 86_400, starts_at: "2026-03-28T08:00:00+01:00" },
    "2026-03-01T00:00:00Z",
    ["2026-03-28T07:00:00.000Z", "2026-03-29T07:00:00.000Z", "2026-03-30T07:00:00.000Z"],
  ],
  [
    "an interval is counted from the creation, to the millisecond",
    { every: 1.5 },
    "2026-01-01T00:00:00.000Z",
    ["2026-01-01T00:00:01.750Z", "2026-01-01T00:00:03.250Z", "2026-01-01T00:00:04.750Z"],
  ],
  [
    "the end is no time to run any more",
    { every: 3_600, starts_at: "2026-01-01T05:00", ends_at: "2026-01-01T07:00:00Z" },
    "2026-01-01T00:00:00Z",
    ["2026-01-01T05:00:00.000Z", "2026-01-01T06:00:00.000Z"],
  ],
  [
    "the start is one, and is read in the schedule's zone",
    { cron: "0 0 * * *", timezone: "Europe/Berlin", starts_at: "2026-07-01T00:00" },
    "2026-01-01T00:00:00Z",
    ["2026-06-30T22:00:00.000Z", "2026-07-01T22:00:00.000Z"],
  ],
  [
    "the 29th of February comes",
    daily("0 0 29 2 *", "UTC"),
    "2026-04-04T00:00:00Z",
    ["2028-02-29T00:00:00.000Z", "2032-02-29T00:00:00.000Z"],
  ],
  ["the 30th never does", daily("0 0 30 2 *", "Europe/Berlin"), "2026-04-04T00:00:00Z", []],
  ["nor does a year that is over", daily("0 0 0 1 1 * 2020", "UTC"), "2026-04-04T00:00:00Z", []],
  [
    "at a moment",
    { at: "2026-05-01T12:00:00.5+02:00", timezone: "UTC" },
    "2026-01-01T00:00:00Z",
    ["2026-05-01T10:00:00.500Z"],
  ],
  [
    "at a local time",
    { at: "2026-05-01T12:00", timezone: "Asia/Kolkata" },
    "2026-01-01T00:00:00Z",
    ["2026-05-01T06:30:00.000Z"],
  ],
  [
    "at a local time that is skipped: moved on by the gap",
    { at: "2026-03-29T02:30:00.125", timezone: "Europe/Berlin" },
    "2026-01-01T00:00:00Z",
    ["2026-03-29T01:30:00.125Z"],
  ],
  [
    "at a local time that comes twice: the first",
    { at: "2026-10-25T02:30:00", timezone: "Europe/Berlin" },
    "2026-01-01T00:00:00Z",
    ["2026-10-25T00:30:00.000Z"],
  ],
])("%s", (_what, timing, after, times) => {
  expect(timesOf(timing, after, Math.max(1, times.length))).toEqual(times);
});

test.each([
  ["61 * * * *", "Invalid value for minute: 61"],
  ["* * * *", "five, six, or seven space separated parts"],
  ["@reboot", "@reboot is not supported"],
  ["2026-01-01T00:00:00", "this is a date"],
  ["soon", "exactly five"],
])("%j is no cron expression", (cron, words) => {
  const read = readTiming({ cron, timezone: "UTC" }, CREATED);
  expect(read).toMatchObject({ kind: "invalid", errors: [{ path: "cron" }] });
  expect(JSON.stringify(read)).toContain(words);
});

const ZONES = [
  ...["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"],
  ...["America/Santiago", "Africa/Casablanca", "Pacific/Apia"],
];
const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min, max }).map(String),
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${Math.min(step, max)}`),
    fc
      .uniqueArray(fc.integer({ min, max }), { minLength: 2, maxLength: 3 })
      .map((list) => list.join()),
  );
const cronTiming = fc.record({
  cron: fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((fields) => fields.join(" ")),
  timezone: fc.constantFrom(...ZONES),
});
const anyTiming: fc.Arbitrary<Timing> = fc.oneof(
  { weight: 4, arbitrary: cronTiming },
  fc.record({ every: fc.integer({ min: 1_000, max: 200_000_000 }).map((ms) => ms / 1_000) }),
);
/** Close to where clocks are moved, more often than not. */
const moment = fc.oneof(
  fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-12-31") }),
  ...["2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-03-08T07:00Z", "2026-11-01T06:00Z"].map(
    (change) =>
      fc.integer({ min: -7_500_000, max: 7_500_000 }).map((ms) => Date.parse(change) + ms),
  ),
);

test("the next time is later than the one asked about, and the same from wherever before it", () => {
  fc.assert(
    fc.property(
      anyTiming,
      moment,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (timing, ms, way) => {
        const timetable = timetableOf(timing);
        let at = ms;
        for (let i = 0; i < 5; i += 1) {
          const next = timetable.next(at);
          if (next === null) throw new Error("it ends");
          expect(next, iso(at) ?? "").toBeGreaterThan(at);
          const between = Math.floor(at + (next - at - 1) * way);
          expect(iso(timetable.next(between)), `from ${iso(between)}`).toBe(iso(next));
          expect(iso(timetable.next(next - 1)), `from just before`).toBe(iso(next));
          at = next;
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("counting back finds the times that counting on gave", () => {
  fc.assert(
    fc.property(anyTiming, moment, fc.integer({ min: 1, max: 6 }), (timing, ms, count) => {
      const timetable = timetableOf(timing);
      const times: number[] = [];
      for (let at: number | null = ms; times.length < 6; times.push(at)) {
        at = timetable.next(at);
        if (at === null) throw new Error("it ends");
      }
      const last = times.at(-1) ?? 0;
      expect(iso(timetable.countBack(last, count))).toBe(iso(times.at(-count) ?? null));
    }),
    { numRuns: 300 },
  );
});
