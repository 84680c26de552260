import {
  MISSED_POLICIES,
  SCHEDULE_STATES,
  type SchedulePage,
  type SchedulePreview,
  type ScheduleRun,
  type ScheduleRunAnswer,
  scheduleRequestSchema,
  unnamedTaskSchema,
  wholeNumberText,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs, WRITE_ERRORS } from "@taskpulse/runtime";
import { z } from "zod";
import { idempotencyHeader, STORING_ERRORS } from "./shared-docs.ts";
import { taskidShape, timeShape } from "./task-shapes.ts";

const TAG = "Schedules";
const BEFORE = "must be the `before` of an earlier page";

export const scheduleQuery = z.object({
  state: z.enum(SCHEDULE_STATES).optional(),
  before: z
    .string(BEFORE)
    .regex(/^\d{1,15}-[0-9a-f-]{36}$/, BEFORE)
    .optional()
    .describe("The `before` of an earlier page."),
  limit: wholeNumberText(1, 100).default(50),
});

const runShape = z.object({
  at: timeShape.describe("When it was planned, or asked for."),
  fired_at: timeShape.describe("When its task was made."),
  taskid: taskidShape,
  why: z.enum(["on_time", "catch_up", "manual"]),
}) satisfies z.ZodType<ScheduleRun>;

const common = {
  scheduleid: z.string(),
  name: z.string().nullable(),
  task: unnamedTaskSchema.describe("What each run is made of."),
  missed: z.enum(MISSED_POLICIES),
  state: z.enum(SCHEDULE_STATES),
  created_at: timeShape,
  next_run_at: timeShape.nullable().describe("Null while it is paused, and when it is done."),
  last_run_at: timeShape.nullable(),
  ended_at: timeShape.nullable(),
  runs: z.int(),
  missed_runs: z.int(),
  recent: z.array(runShape).describe("The newest runs first, at most 20."),
  recent_missed: z.array(timeShape).describe("The newest first, at most 100."),
};
const timezone = z.string().describe("An IANA time zone.");
const bounds = { starts_at: z.string().exactOptional(), ends_at: z.string().exactOptional() };

const scheduleShape = z
  .union([
    z.object({ ...common, at: z.string(), timezone }),
    z.object({ ...common, ...bounds, every: z.number().describe("Seconds.") }),
    z.object({ ...common, ...bounds, cron: z.string(), timezone }),
  ])
  .meta({ id: "Schedule" }) satisfies z.ZodType<SchedulePage["schedules"][number]>;

const path = { scheduleid: "The schedule's scheduleid." };
const one = { 200: { description: "The schedule.", schema: scheduleShape } };

export const scheduleDocs = {
  list: {
    id: "listSchedules",
    tag: TAG,
    summary: "Schedules, newest first, in pages",
    query: scheduleQuery,
    answers: {
      200: {
        description: "One page.",
        schema: z.object({
          schedules: z.array(scheduleShape),
          before: z.string().nullable(),
        }) satisfies z.ZodType<SchedulePage>,
      },
    },
    errors: READ_ERRORS,
  },
  create: {
    id: "createSchedule",
    tag: TAG,
    summary: "Make tasks later: at a time, every interval, or by cron",
    description:
      "One of `at`, `every` and `cron`. Runs that nobody could start in time are counted (`skip`) or made late, in order (`catch_up`).",
    headers: z.object({ "idempotency-key": idempotencyHeader }),
    body: {
      schema: scheduleRequestSchema,
      example: {
        cron: "30 9 * * MON-FRI",
        timezone: "Europe/Berlin",
        task: { owner: "Ann", priority: "Low", handler: "multiply", args: { x: 6, y: 7 } },
      },
    },
    answers: {
      201: {
        description: "The schedule.",
        schema: scheduleShape,
        headers: { location: "Where it can be read." },
      },
    },
    errors: [
      ...(["invalid_request", "too_many_schedules", "no_worker", "overloaded"] as const),
      ...WRITE_ERRORS,
    ],
  },
  preview: {
    id: "previewSchedule",
    tag: TAG,
    summary: "When a schedule would run first; nothing is written",
    body: {
      schema: z.strictObject(scheduleRequestSchema.shape).omit({ task: true }),
      example: { cron: "30 9 * * MON-FRI", timezone: "Europe/Berlin" },
    },
    answers: {
      200: {
        description: "The first runs, at most 5.",
        schema: z.object({ runs: z.array(timeShape) }) satisfies z.ZodType<SchedulePreview>,
      },
    },
    errors: ["invalid_request"],
  },
  one: {
    id: "getSchedule",
    tag: TAG,
    summary: "One schedule and its newest runs",
    path,
    answers: one,
    errors: ["not_found", ...READ_ERRORS],
  },
  remove: {
    id: "deleteSchedule",
    tag: TAG,
    summary: "Delete a schedule; the tasks that it has made stay",
    path,
    answers: { 204: { description: "It is gone." } },
    errors: ["not_found", ...WRITE_ERRORS],
  },
  pause: {
    id: "pauseSchedule",
    tag: TAG,
    summary: "Hold a schedule",
    path,
    answers: one,
    errors: ["not_found", "schedule_done", ...WRITE_ERRORS],
  },
  resume: {
    id: "resumeSchedule",
    tag: TAG,
    summary: "Let a schedule go on",
    path,
    answers: one,
    errors: ["not_found", "schedule_done", ...WRITE_ERRORS],
  },
  run: {
    id: "runSchedule",
    tag: TAG,
    summary: "Run a schedule now, beside the runs that are planned",
    path,
    headers: z.object({ "idempotency-key": idempotencyHeader }),
    answers: {
      202: {
        description: "The task is stored.",
        schema: z.object({ taskid: taskidShape }) satisfies z.ZodType<ScheduleRunAnswer>,
      },
    },
    errors: ["not_found", "invalid_request", ...STORING_ERRORS],
  },
} as const satisfies Record<string, RouteDocs>;
