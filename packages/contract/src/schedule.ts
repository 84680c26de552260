import { z } from "zod";
import { boundedNumber, isoDate } from "./bounds.ts";
import { type UnnamedTask, unnamedTaskSchema } from "./task.ts";

export const SCHEDULE_STATES = ["active", "paused", "done"] as const;
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** What happens to runs that nobody could start in time: counted only, or run late, in order. */
export const MISSED_POLICIES = ["skip", "catch_up"] as const;
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

/** How many schedules there may be at a time, those that are done included. */
export const MAX_SCHEDULES = 10_000;
/** How large the task of a schedule may be: characters of its JSON. */
export const MAX_SCHEDULED_TASK_CHARS = 65_536;

const MAX_INTERVAL_SECONDS = 31_536_000;
const CRON = "must be a cron expression such as 30 9 * * MON-FRI";
const ZONE = "must be an IANA time zone such as Europe/Berlin";
const SCHEDULE_NAME = "must be a text of 1 to 200 characters";

/** `POST /api/schedules`. What a cron expression means is checked where times are computed. */
export const scheduleRequestSchema = z
  .strictObject({
    name: z.string(SCHEDULE_NAME).min(1, SCHEDULE_NAME).max(200, SCHEDULE_NAME).optional(),
    at: isoDate.optional().describe("Once. Without an offset it is a local time of `timezone`."),
    every: boundedNumber(1, MAX_INTERVAL_SECONDS, "seconds")
      .optional()
      .describe("Seconds, counted from `starts_at` or else from the schedule's creation."),
    cron: z
      .string(CRON)
      .min(1, CRON)
      .max(200, CRON)
      .optional()
      .describe(
        "Five fields, six with seconds in front, seven with years behind, or `@daily` and the like.",
      ),
    timezone: z
      .string(ZONE)
      .max(100, ZONE)
      .refine(isTimeZone, ZONE)
      .optional()
      .describe("An IANA time zone. Default: UTC."),
    starts_at: isoDate.optional().describe("No run before it."),
    ends_at: isoDate.optional().describe("No run then or later."),
    missed: z
      .enum(MISSED_POLICIES)
      .optional()
      .describe("What becomes of runs that nobody could start in time. Default: skip."),
    task: unnamedTaskSchema,
  })
  .superRefine(checkTiming, { when: () => true });

export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;

/** What a schedule says about its times, as the sender said it. */
export type Timing =
  | { at: string; timezone: string }
  | { every: number; starts_at?: string | undefined; ends_at?: string | undefined }
  | {
      cron: string;
      timezone: string;
      starts_at?: string | undefined;
      ends_at?: string | undefined;
    };

export type RunReason = "on_time" | "catch_up" | "manual";

/** One run of a schedule. Times are ISO 8601 in UTC. */
export interface ScheduleRun {
  /** When it was planned; of a manual run, when it was asked for. */
  at: string;
  /** When its task was made. */
  fired_at: string;
  taskid: string;
  why: RunReason;
}

/** One schedule: what was asked for, and what came of it. Times are ISO 8601 in UTC. */
export type ScheduleView = Timing & {
  scheduleid: string;
  name: string | null;
  /** What each run is made of. */
  task: UnnamedTask;
  missed: MissedPolicy;
  state: ScheduleState;
  created_at: string;
  /** Null while it is paused, and when it is done. */
  next_run_at: string | null;
  last_run_at: string | null;
  ended_at: string | null;
  runs: number;
  missed_runs: number;
  /** The newest runs first, at most 20. */
  recent: ScheduleRun[];
  /** For when the runs were planned that were missed, the newest first, at most 100. */
  recent_missed: string[];
};

/** `GET /api/schedules`: `before` is what the next page is asked with, null after the last. */
export interface SchedulePage {
  /** Newest first. */
  schedules: ScheduleView[];
  before: string | null;
}

/** Answer to `POST /api/schedules/{scheduleid}/run`. */
export interface ScheduleRunAnswer {
  taskid: string;
}

/** Answer to `POST /api/schedules/preview`: the first runs, ISO 8601 in UTC, at most 5. */
export interface SchedulePreview {
  runs: string[];
}

const WAYS = ["at", "every", "cron"] as const;

/** What the fields must be together. Runs also when some of them are bad, so that all are named. */
function checkTiming(value: unknown, context: z.core.$RefinementCtx): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const given = (field: string) => Reflect.get(value, field) !== undefined;
  const refuse = (path: string[], message: string) =>
    context.addIssue({ code: "custom", path, message });

  const ways = WAYS.filter(given);
  const [first, ...others] = ways;
  if (first === undefined) refuse([], "must have one of at, every and cron");
  for (const other of others) refuse([other], `must not stand beside ${first}`);
  if (first === "every" && others.length === 0 && given("timezone")) {
    refuse(["timezone"], "must not stand beside every: an interval has no time zone");
  }
  if (first !== "at") return;
  for (const bound of ["starts_at", "ends_at"]) {
    if (given(bound)) refuse([bound], "must not stand beside at");
  }
}

/** Offsets such as +02:00 are not taken: they know no daylight saving time. */
function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
