import type { MissedPolicy, Timing } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_CAUGHT_UP, type SchedulePlace, stepSchedule } from "./schedule-step.ts";
import { readTiming } from "./schedule-times.ts";

const START = Date.parse("2026-03-01T00:00:00Z");
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 1_440 * MINUTE;

function placeOf(timing: Timing, missed: MissedPolicy, taskChars = 100): SchedulePlace {
  const read = readTiming(timing, START);
  if (read.kind === "invalid") throw new Error("no timing");
  const nextMs = read.timetable.next(START) ?? START;
  return { timetable: read.timetable, missed, nextMs, cutoffMs: null, taskChars };
}

interface Told {
  runs: { plannedMs: number; why: string }[];
  missed: number[];
  place: SchedulePlace | null;
  steps: number;
}

/** Takes steps until nothing is due at that time. */
function stepsAt(start: SchedulePlace | null, nowMs: number): Told {
  const told: Told = { runs: [], missed: [], place: start, steps: 0 };
  while (told.place !== null && told.place.nextMs <= nowMs) {
    const step = stepSchedule(told.place, nowMs);
    expect(step.runs.length + step.missed.length).toBeGreaterThan(0);
    expect(step.runs.length + step.missed.length).toBeLessThanOrEqual(250);
    told.runs.push(...step.runs);
    told.missed.push(...step.missed);
    const { nextMs, cutoffMs } = step;
    told.place = nextMs === null ? null : { ...told.place, nextMs, cutoffMs };
    told.steps += 1;
  }
  return told;
}

const everyMinute: Timing = { cron: "* * * * *", timezone: "UTC" };

test("nothing is done before its time", () => {
  const place = placeOf(everyMinute, "skip");
  const step = stepSchedule(place, place.nextMs - 1);
  expect(step).toEqual({ runs: [], missed: [], nextMs: place.nextMs, cutoffMs: null });
});

test("a run is made up to a minute late, and is missed after that", () => {
  const place = placeOf({ every: 3_600 }, "skip");
  const at = place.nextMs;
  expect(stepSchedule(place, at + MINUTE).runs).toEqual([{ plannedMs: at, why: "on_time" }]);
  expect(stepSchedule(place, at + MINUTE + 1)).toEqual({
    runs: [],
    missed: [at],
    nextMs: at + 3_600 * SECOND,
    cutoffMs: null,
  });
});

test("one that the next has overtaken is missed after ten seconds", () => {
  const told = stepsAt(placeOf({ every: 1 }, "skip"), START + 30 * SECOND);
  expect(told.missed.length).toBe(19);
  expect(told.runs.length).toBe(11);
  expect(told.runs.every(({ why }) => why === "on_time")).toBe(true);
  expect(told.place?.nextMs).toBe(START + 31 * SECOND);
});

test("a last run that is missed ends the schedule", () => {
  const place = placeOf({ at: "2026-03-02T00:00:00Z", timezone: "UTC" }, "skip");
  const step = stepSchedule(place, START + 2 * DAY);
  expect(step).toMatchObject({ runs: [], missed: [START + DAY], nextMs: null });
});

test("catching up runs what was missed in order, each once, as such", () => {
  const told = stepsAt(placeOf(everyMinute, "catch_up"), START + 300 * MINUTE);
  expect(told.runs.map(({ plannedMs }) => (plannedMs - START) / MINUTE)).toEqual(
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
  expect(told.runs.map(({ why }) => why).indexOf("on_time")).toBe(299);
  expect(told.missed).toEqual([]);
  expect(told.place).toMatchObject({ cutoffMs: null });
});

test("after a long downtime the newest are made up for, the others are told as missed", () => {
  const told = stepsAt(placeOf(everyMinute, "catch_up"), START + 5 * DAY);
  expect(told.runs.length).toBe(MAX_CAUGHT_UP);
  expect(told.runs.at(-1)?.plannedMs).toBe(START + 5 * DAY);
  expect(told.missed.length).toBe(7_200 - MAX_CAUGHT_UP);
});

test("a further downtime in the midst of catching up is bounded as the first", () => {
  let place: SchedulePlace | null = placeOf(everyMinute, "catch_up");
  for (let i = 0; i < 27 && place !== null; i += 1) {
    const { nextMs, cutoffMs }: { nextMs: number | null; cutoffMs: number | null } = stepSchedule(
      place,
      START + 5 * DAY,
    );
    place = nextMs === null ? null : { ...place, nextMs, cutoffMs };
  }
  expect(place?.nextMs).toBeGreaterThan(place?.cutoffMs ?? Number.POSITIVE_INFINITY);
  const told = stepsAt(place, START + 15 * DAY);
  expect(told.runs.length).toBeLessThanOrEqual(MAX_CAUGHT_UP + 100);
  expect(told.runs.at(-1)?.plannedMs).toBe(START + 15 * DAY);
});

test("large tasks are made in smaller steps", () => {
  const place = placeOf({ every: 1 }, "catch_up", 65_536);
  expect(stepSchedule(place, START + 60 * SECOND).runs.length).toBe(4);
  expect(stepsAt(place, START + 60 * SECOND).runs.length).toBe(60);
});

const anyTiming: fc.Arbitrary<Timing> = fc.oneof(
  fc.integer({ min: 1, max: 4_000 }).map((every) => ({ every })),
  fc.constantFrom(
    ...["* * * * *", "*/7 * * * *", "30 2 * * *", "15,45 1-3 * * *"].map((cron) => ({
      cron,
      timezone: "Europe/Berlin",
    })),
  ),
);

test("whenever somebody looks, each planned time is run or missed, once and in order", () => {
  fc.assert(
    fc.property(
      anyTiming,
      fc.constantFrom<MissedPolicy>("skip", "catch_up"),
      fc.array(fc.integer({ min: 1, max: 90 * MINUTE }), { minLength: 1, maxLength: 8 }),
      (timing, missed, pauses) => {
        const start = placeOf(timing, missed);
        let place: SchedulePlace | null = start;
        let nowMs = START;
        const seen: number[] = [];
        for (const pause of pauses) {
          nowMs += pause;
          const told = stepsAt(place, nowMs);
          for (const { plannedMs, why } of told.runs) {
            const lateMs = nowMs - plannedMs;
            if (why === "on_time") expect(lateMs).toBeLessThanOrEqual(MINUTE);
            else expect(lateMs).toBeGreaterThan(10 * SECOND);
          }
          if (missed === "skip") expect(told.runs.every(({ why }) => why === "on_time")).toBe(true);
          seen.push(
            ...[...told.runs.map((r) => r.plannedMs), ...told.missed].sort((a, b) => a - b),
          );
          place = told.place;
        }
        const planned: number[] = [];
        for (let at: number | null = start.nextMs; at !== null && at <= nowMs; ) {
          planned.push(at);
          at = start.timetable.next(at);
        }
        expect(seen).toEqual(planned);
      },
    ),
    { numRuns: 150 },
  );
});
