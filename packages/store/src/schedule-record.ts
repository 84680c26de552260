import {
  type MissedPolicy,
  parseExact,
  type ScheduleRun,
  type ScheduleState,
  type ScheduleView,
  type Task,
  type Timing,
  type UnnamedTask,
} from "@taskpulse/contract";
import { taskidOf } from "./identity.ts";
import type { SchedulePlace } from "./schedule-step.ts";
import { readTiming, type Timetable } from "./schedule-times.ts";

/** What was asked for: the part of a schedule that never changes. */
export interface SchedulePlan {
  name: string | null;
  timing: Timing;
  missed: MissedPolicy;
  createdMs: number;
}

/** A schedule as a worker takes it. */
export interface DueSchedule {
  scheduleid: string;
  /** What each run is made of. */
  task: UnnamedTask;
  place: SchedulePlace;
}

export function encodePlan(plan: SchedulePlan): string {
  return JSON.stringify(plan);
}

/** @throws Error when the times can't be computed any more: another version of croner may refuse them */
export function timetableOf({ timing, createdMs }: SchedulePlan): Timetable {
  const read = readTiming(timing, createdMs);
  if (read.kind === "valid") return read.timetable;
  throw new Error(`the times of a schedule can't be read: ${read.errors[0]?.message}`);
}

/** @throws Error as `timetableOf` */
export function toDueSchedule(
  scheduleid: string,
  planJson: string,
  taskJson: string,
  next: string,
  cutoff: string,
): DueSchedule {
  const plan = JSON.parse(planJson) as SchedulePlan;
  return {
    scheduleid,
    task: parseExact(taskJson) as UnnamedTask,
    place: {
      timetable: timetableOf(plan),
      missed: plan.missed,
      nextMs: Number(next),
      cutoffMs: cutoff === "" ? null : Number(cutoff),
      taskChars: taskJson.length,
    },
  };
}

/** Which run of a schedule a task is: the one of a planned time, or one by hand. */
export type RunOf = { plannedMs: number } | { manualId: string; askedMs: number };

/**
 * The task of one run. Its identity follows from the schedule and the planned time alone, so that a
 * run that is made again after a crash is a duplicate. A `batchid` of the template stays, and then
 * the id names the schedule, as two of them may share a batch; an `id` of the template has no use.
 */
export function scheduledTask(
  scheduleid: string,
  template: UnnamedTask,
  run: RunOf,
): { taskid: string; task: Task } {
  const atMs = "plannedMs" in run ? run.plannedMs : run.askedMs;
  const at = new Date(atMs).toISOString();
  const name = "plannedMs" in run ? at : `manual-${run.manualId}`;
  const batchid = template.batchid ?? `schedule-${scheduleid}`;
  const id = template.batchid === undefined ? name : `${scheduleid}/${name}`;
  return {
    taskid: taskidOf(batchid, id),
    task: { ...template, batchid, id, raised_date: at, scheduleid },
  };
}

export type RecordReply = [
  scheduleid: string,
  plan: string,
  task: string,
  state: ScheduleState,
  next: string,
  last: string,
  ended: string,
  runs: string,
  missed: string,
  recent: string[],
  recentMissed: string[],
];

export function toScheduleView(reply: RecordReply): ScheduleView {
  const [scheduleid, plan, task, state, next, last, ended, runs, missed, recent, recentMissed] =
    reply;
  const { name, timing, missed: policy, createdMs } = JSON.parse(plan) as SchedulePlan;
  return {
    scheduleid,
    name,
    ...timing,
    task: parseExact(task) as UnnamedTask,
    missed: policy,
    state,
    created_at: new Date(createdMs).toISOString(),
    next_run_at: state === "active" ? isoOrNull(next) : null,
    last_run_at: isoOrNull(last),
    ended_at: isoOrNull(ended),
    runs: Number(runs),
    missed_runs: Number(missed),
    recent: recent.map((run) => JSON.parse(run) as ScheduleRun),
    recent_missed: recentMissed.map((ms) => new Date(Number(ms)).toISOString()),
  };
}

function isoOrNull(ms: string): string | null {
  return ms === "" ? null : new Date(Number(ms)).toISOString();
}
