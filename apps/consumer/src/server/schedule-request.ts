import {
  type FieldError,
  MAX_SCHEDULED_TASK_CHARS,
  mayLoseDigits,
  parseExact,
  readFields,
  type ScheduleRequest,
  scheduleRequestSchema,
  type Timing,
  type UnnamedTask,
} from "@taskpulse/contract";
import { firstRun, LATEST_MS, readTiming, type ScheduleOrder } from "@taskpulse/store";
import { newWalk, parseJson, shapeProblem } from "./json-body.ts";
import { roundNumbers } from "./round-numbers.ts";

export type ReadSchedule =
  | { kind: "schedule"; order: Omit<ScheduleOrder, "scheduleid"> }
  | { kind: "notJson"; reason: string }
  | { kind: "refused"; errors: FieldError[] };

/** Reads the body of `POST /api/schedules`; of a bad one every bad field is named. */
export function readScheduleRequest(body: Buffer, nowMs: number): ReadSchedule {
  const parsed = parseJson(body);
  if (parsed.kind === "notJson") return parsed;
  const { json, text } = parsed;
  const shape = shapeProblem(json, newWalk());
  if (shape !== null) return { kind: "refused", errors: [{ path: "", message: shape }] };
  const read = readFields(scheduleRequestSchema, json);
  if (read.kind === "invalid") {
    return { kind: "refused", errors: [...read.errors, ...cronErrors(json, read.errors)] };
  }
  const timing = timingOf(read.value);
  const planned = plan(timing, nowMs);
  const task = templateOf(json, text);
  const errors = [...planned.errors];
  if (JSON.stringify(task).length > MAX_SCHEDULED_TASK_CHARS) {
    const message = `must not have more than ${MAX_SCHEDULED_TASK_CHARS} characters as JSON`;
    errors.push({ path: "task", message });
  }
  if (errors.length > 0) return { kind: "refused", errors };
  const { name = null, missed = "skip" } = read.value;
  return {
    kind: "schedule",
    order: { plan: { name, timing, missed, createdMs: nowMs }, task, nextMs: planned.nextMs },
  };
}

/**
 * What each run is made of: what was sent and not what the schema made of it, which leaves out
 * fields named `__proto__`, with every digit of its numbers. Each run gets an id of its own.
 */
function templateOf(json: unknown, text: string): UnnamedTask {
  const sent = json as { task: UnnamedTask };
  if (!mayLoseDigits(text)) return withoutId(sent.task);
  const exact = parseExact(text) as { task: UnnamedTask };
  roundNumbers(scheduleRequestSchema, exact);
  return withoutId(exact.task);
}

function withoutId({ id: _, ...task }: UnnamedTask): UnnamedTask {
  return task;
}

function timingOf(request: ScheduleRequest): Timing {
  const { at, every, cron, timezone = "UTC", starts_at, ends_at } = request;
  const bounds = {
    ...(starts_at === undefined ? {} : { starts_at }),
    ...(ends_at === undefined ? {} : { ends_at }),
  };
  if (at !== undefined) return { at, timezone };
  if (every !== undefined) return { every, ...bounds };
  if (cron !== undefined) return { cron, timezone, ...bounds };
  throw new Error("the schema lets no schedule through that has no times");
}

/** Of a body that is refused anyway: says of its cron expression, too, what is wrong with it. */
function cronErrors(json: unknown, known: readonly FieldError[]): FieldError[] {
  const cron: unknown = typeof json === "object" && json !== null && Reflect.get(json, "cron");
  if (typeof cron !== "string" || known.some(({ path }) => path === "cron")) return [];
  const read = readTiming({ cron, timezone: "UTC" }, 0);
  return read.kind === "invalid" ? read.errors : [];
}

/** A schedule that would never run is refused, rather than kept and never heard of again. */
function plan(timing: Timing, nowMs: number): { nextMs: number; errors: FieldError[] } {
  const read = readTiming(timing, nowMs);
  if (read.kind === "invalid") return { nextMs: 0, errors: read.errors };
  const nextMs = firstRun(timing, read.timetable, nowMs);
  return nextMs === null
    ? { nextMs: 0, errors: [whyNever(timing, nowMs)] }
    : { nextMs, errors: [] };
}

function whyNever(timing: Timing, nowMs: number): FieldError {
  if ("at" in timing) {
    const message = `must not be more than ${LATEST_MS / 1_000} seconds past`;
    return { path: "at", message };
  }
  const { ends_at, ...endless } = timing;
  if (ends_at !== undefined) {
    const read = readTiming(endless, nowMs);
    const first = read.kind === "valid" ? firstRun(endless, read.timetable, nowMs) : null;
    if (first !== null) {
      const message = `must be after the first run, which would be at ${new Date(first).toISOString()}`;
      return { path: "ends_at", message };
    }
  }
  return { path: "cron", message: "must name a time that comes: this one never does" };
}
