import type { FieldError, Timing } from "@taskpulse/contract";
import { Cron } from "croner";

/**
 * When the runs of a schedule are planned; all times in ms since the epoch. The same schedule gives
 * the same times in every process and at any time: a run's identity is made of its planned time.
 *
 * Daylight saving. A cron expression with one second, one minute and one hour (`30 2 * * *`) runs
 * once on every day it names: a time that is skipped runs at the first moment after the gap, of a
 * time that comes twice the first counts. Any other (`30 * * * *`) runs whenever a clock on the wall
 * shows such a time: not in the gap, and in both of the repeated hours (croner, "DST handling",
 * after Vixie cron). An interval knows no clock on the wall. An `at` without an offset that is
 * skipped is moved on by the gap; of one that comes twice the first counts.
 */
export interface Timetable {
  /** The first planned time after `afterMs`; null when there is none. */
  next(afterMs: number): number | null;
  /** The `count`-th of the planned times up to `untilMs`, counted back; null when there are fewer. */
  countBack(untilMs: number, count: number): number | null;
}

export type ReadTiming =
  | { kind: "valid"; timetable: Timetable }
  | { kind: "invalid"; errors: FieldError[] };

/** @param createdMs where intervals are counted from, unless the schedule itself says so */
export function readTiming(timing: Timing, createdMs: number): ReadTiming {
  if ("at" in timing) {
    return { kind: "valid", timetable: once(instantOf(timing.at, timing.timezone)) };
  }
  const zone = "timezone" in timing ? timing.timezone : "UTC";
  const { starts_at, ends_at } = timing;
  const startMs = starts_at === undefined ? null : instantOf(starts_at, zone);
  const endMs = ends_at === undefined ? null : instantOf(ends_at, zone);
  if ("every" in timing) {
    const everyMs = Math.round(timing.every * 1_000);
    const firstMs = startMs ?? createdMs + everyMs;
    return { kind: "valid", timetable: until(endMs, interval(firstMs, everyMs)) };
  }
  try {
    const timetable = until(endMs, cronTimes(timing.cron, zone, startMs));
    return { kind: "valid", timetable };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const detail = words.replace(/^Cron\w+: /, "").slice(0, 200);
    const message = `must be a cron expression such as 30 9 * * MON-FRI: ${detail}`;
    return { kind: "invalid", errors: [{ path: "cron", message }] };
  }
}

function once(atMs: number): Timetable {
  return {
    next: (afterMs) => (atMs > afterMs ? atMs : null),
    countBack: (untilMs, count) => (count === 1 && atMs <= untilMs ? atMs : null),
  };
}

function interval(firstMs: number, everyMs: number): Timetable {
  /** How many steps lie between the first time and the last one up to then; negative before the first. */
  const stepsUntil = (ms: number) => Math.floor((ms - firstMs) / everyMs);
  return {
    next: (afterMs) => firstMs + Math.max(0, stepsUntil(afterMs) + 1) * everyMs,
    countBack(untilMs, count) {
      const step = stepsUntil(untilMs) - (count - 1);
      return step < 0 ? null : firstMs + step * everyMs;
    },
  };
}

function cronTimes(pattern: string, timezone: string, startMs: number | null): Timetable {
  const cron = new Cron(pattern, { timezone });
  // Croner takes dates for patterns, too.
  if (cron.getOnce() !== null) throw new Error("this is a date");
  return {
    next(afterMs) {
      const from = startMs === null ? afterMs : Math.max(afterMs, startMs - 1);
      return cron.nextRun(new Date(from))?.getTime() ?? null;
    },
    countBack: (untilMs, count) =>
      cron.previousRuns(count, new Date(untilMs + 1))[count - 1]?.getTime() ?? null,
  };
}

function until(endMs: number | null, timetable: Timetable): Timetable {
  if (endMs === null) return timetable;
  return {
    next(afterMs) {
      const nextMs = timetable.next(afterMs);
      return nextMs === null || nextMs >= endMs ? null : nextMs;
    },
    countBack: (untilMs, count) => timetable.countBack(Math.min(untilMs, endMs - 1), count),
  };
}

const OFFSET = /(?:Z|[+-]\d\d:?\d\d)$/;

/** @param text a date that the contract takes; without an offset it is one of the zone's clock */
function instantOf(text: string, timezone: string): number {
  if (OFFSET.test(text)) return Date.parse(text);
  const asUtc = new Date(`${text}Z`);
  const seconds = new Cron(asUtc.toISOString().slice(0, 19), { timezone }).getOnce();
  return (seconds ?? asUtc).getTime() + (seconds === null ? 0 : asUtc.getUTCMilliseconds());
}
