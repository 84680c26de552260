import type { MissedPolicy, RunReason, Timing } from "@taskpulse/contract";
import type { Timetable } from "./schedule-times.ts";

/** A run that is later than this has been missed. */
export const LATEST_MS = 60_000;
/** A run that is later than this has been missed if the one after it is due as well. */
const LATEST_IF_OVERTAKEN_MS = 10_000;
/** How many missed runs `catch_up` runs at most after one downtime, the newest. */
export const MAX_CAUGHT_UP = 1_000;
/** How many planned times one step looks at: with cron, each costs about 40 µs. */
const MAX_TIMES = 250;
/** How many runs one step makes, and how many characters their tasks may have together. */
const MAX_RUNS = 100;
const MAX_RUN_CHARS = 262_144;

/**
 * The first run of a schedule that is made now; null when there is none. One that is planned for a
 * moment may be past by as much as any run may be late.
 */
export function firstRun(timing: Timing, timetable: Timetable, nowMs: number): number | null {
  return timetable.next("at" in timing ? nowMs - LATEST_MS - 1 : nowMs);
}

/** Where a schedule stands. */
export interface SchedulePlace {
  timetable: Timetable;
  missed: MissedPolicy;
  /** Its next run, in ms since the epoch. */
  nextMs: number;
  /** `catch_up` counts what was planned before this as missed; null while there is nothing to catch up. */
  cutoffMs: number | null;
  /** How large the task of one run is. */
  taskChars: number;
}

/** What is to be done for one schedule now; more may be left for a further step. */
export interface ScheduleStep {
  /** In order of time, to be made before the schedule moves on. */
  runs: { plannedMs: number; why: Exclude<RunReason, "manual"> }[];
  /** Planned times that are only counted. */
  missed: number[];
  /** The run after those; null when there is none. */
  nextMs: number | null;
  cutoffMs: number | null;
}

/** Says which of the runs that are due are made and which are missed, at most some hundred of them. */
export function stepSchedule(place: SchedulePlace, nowMs: number): ScheduleStep {
  const most = Math.min(MAX_RUNS, Math.max(1, Math.floor(MAX_RUN_CHARS / place.taskChars)));
  const due = dueRuns(place, nowMs);
  const cutoffMs =
    place.missed === "catch_up" && due.times.some(({ isLate }) => isLate)
      ? catchUpFrom(place, nowMs, due.nextMs)
      : null;
  const step: ScheduleStep = { runs: [], missed: [], nextMs: due.nextMs, cutoffMs };
  for (const { plannedMs, isLate } of due.times) {
    if (isLate && (cutoffMs === null || plannedMs < cutoffMs)) {
      step.missed.push(plannedMs);
    } else if (step.runs.length < most) {
      step.runs.push({ plannedMs, why: isLate ? "catch_up" : "on_time" });
    } else {
      step.nextMs = plannedMs;
      break;
    }
  }
  if (step.nextMs === null || step.nextMs > nowMs) step.cutoffMs = null;
  return step;
}

/**
 * The time from which on missed runs are made up for. To count back is costly, so it is kept from
 * step to step, until it is reached and there is still more due than one step looks at.
 */
function catchUpFrom(
  { timetable, nextMs, cutoffMs }: SchedulePlace,
  nowMs: number,
  afterStepMs: number | null,
): number {
  const isAllInSight = afterStepMs === null || afterStepMs > nowMs;
  if (isAllInSight || (cutoffMs !== null && nextMs < cutoffMs)) return cutoffMs ?? nextMs;
  return timetable.countBack(nowMs, MAX_CAUGHT_UP) ?? nextMs;
}

function dueRuns({ timetable, nextMs }: SchedulePlace, nowMs: number) {
  const times: { plannedMs: number; isLate: boolean }[] = [];
  let plannedMs: number | null = nextMs;
  while (plannedMs !== null && plannedMs <= nowMs && times.length < MAX_TIMES) {
    const followingMs = timetable.next(plannedMs);
    const isOvertaken = followingMs !== null && followingMs <= nowMs;
    const isLate = nowMs - plannedMs > (isOvertaken ? LATEST_IF_OVERTAKEN_MS : LATEST_MS);
    times.push({ plannedMs, isLate });
    plannedMs = followingMs;
  }
  return { times, nextMs: plannedMs };
}
