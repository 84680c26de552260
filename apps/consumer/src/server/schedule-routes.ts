import { randomUUID } from "node:crypto";
import {
  readFields,
  type ScheduleRun,
  type ScheduleRunAnswer,
  type ScheduleView,
} from "@taskpulse/contract";
import {
  askStore,
  readIdempotencyKey,
  refuseOtherMethods,
  sendError,
  sendFieldErrors,
  uuidOf,
} from "@taskpulse/runtime";
import {
  createSchedule,
  deleteSchedule,
  encodeTask,
  type GroupCommit,
  isRunMade,
  type Keys,
  pauseSchedule,
  readSchedule,
  readSchedulePage,
  readScheduleTemplate,
  recordManualRun,
  resumeSchedule,
  type ScheduleChange,
  scheduledTask,
} from "@taskpulse/store";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { answered } from "./answered.ts";
import { refuseCommit, refuseUnstored } from "./ingest-answer.ts";
import { acceptBytes, jsonBody } from "./raw-body.ts";
import { scheduleDocs, scheduleQuery } from "./schedule-docs.ts";
import { readScheduleRequest } from "./schedule-request.ts";
import type { PlaceOf, TaskCheck } from "./task-check.ts";

export interface ScheduleRouteOptions {
  redis: Redis;
  keys: Keys;
  /** Takes the tasks of runs that are asked for by hand. */
  commit: GroupCommit;
  taskCheck: TaskCheck;
  nowMs?: () => number;
}

interface OneSchedule {
  Params: { scheduleid: string };
}

const IN_SCHEDULE: PlaceOf = () => ["task"];
const SCHEDULEID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** `/api/schedules`: what makes tasks later. Workers run them; these routes only write them down. */
export async function addScheduleRoutes(
  app: FastifyInstance,
  options: ScheduleRouteOptions,
): Promise<void> {
  await app.register(async (scope) => {
    acceptBytes(scope);
    addCollection(scope, options);
    addOne(scope, options);
    addChanges(scope, options);
    addRun(scope, options);
  });
}

function addCollection(app: FastifyInstance, options: ScheduleRouteOptions): void {
  const { redis, keys, taskCheck, nowMs = Date.now } = options;
  app.get("/api/schedules", { config: { docs: scheduleDocs.list } }, async (request, reply) => {
    const query = readFields(scheduleQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    const page = await askStore(() => readSchedulePage(redis, keys, query.value));
    return answered(reply, page) ? page.value : reply;
  });

  app.post("/api/schedules", { config: { docs: scheduleDocs.create } }, async (request, reply) => {
    const key = readIdempotencyKey(request.headers["idempotency-key"]);
    if (key.kind === "invalid") return sendFieldErrors(reply, key.errors);
    const body = jsonBody(reply);
    if (body === null) return reply;
    const read = readScheduleRequest(body, nowMs());
    if (read.kind === "notJson") return sendError(reply, "invalid_json", read.reason);
    if (read.kind === "refused") return sendFieldErrors(reply, read.errors);
    const { order } = read;
    const problems = await taskCheck.look([order.task], IN_SCHEDULE);
    if (problems?.kind === "invalid") return sendFieldErrors(reply, problems.errors);
    if (problems !== null) return refuseUnstored(reply, problems);

    const scheduleid = key.value === null ? randomUUID() : uuidOf(`schedule ${key.value}`);
    const made = await askStore(() => createSchedule(redis, keys, { ...order, scheduleid }));
    if (!answered(reply, made)) return reply;
    if (made.value === "full") {
      return sendError(
        reply,
        "too_many_schedules",
        "There are too many schedules already; delete some that are not needed.",
      );
    }
    const view = await findSchedule(scheduleid, reply, options);
    if (view === null) return reply;
    return reply.code(201).header("location", `/api/schedules/${scheduleid}`).send(view);
  });
  refuseOtherMethods(app, "/api/schedules", ["GET", "POST"]);
}

function addOne(app: FastifyInstance, options: ScheduleRouteOptions): void {
  const { redis, keys } = options;
  app.get<OneSchedule>(
    "/api/schedules/:scheduleid",
    { config: { docs: scheduleDocs.one } },
    async (request, reply) => {
      const view = await findSchedule(request.params.scheduleid, reply, options);
      return view ?? reply;
    },
  );

  app.delete<OneSchedule>(
    "/api/schedules/:scheduleid",
    { config: { docs: scheduleDocs.remove } },
    async (request, reply) => {
      const { scheduleid } = request.params;
      if (!SCHEDULEID.test(scheduleid)) return unknown(reply);
      const deleted = await askStore(() => deleteSchedule(redis, keys, scheduleid));
      if (!answered(reply, deleted)) return reply;
      return deleted.value ? reply.code(204).send() : unknown(reply);
    },
  );
  refuseOtherMethods(app, "/api/schedules/:scheduleid", ["GET", "DELETE"]);
}

function addChanges(app: FastifyInstance, options: ScheduleRouteOptions): void {
  const { redis, keys, nowMs = Date.now } = options;
  const changes = {
    pause: (scheduleid: string) => pauseSchedule(redis, keys, scheduleid),
    async resume(scheduleid: string): Promise<ScheduleChange> {
      const template = await readScheduleTemplate(redis, keys, scheduleid);
      if (template === null) return { kind: "unknown" };
      const now = nowMs();
      return resumeSchedule(redis, keys, scheduleid, template.timetable.next(now), now);
    },
  };
  for (const name of ["pause", "resume"] as const) {
    const change = changes[name];
    const url = `/api/schedules/:scheduleid/${name}`;
    app.post<OneSchedule>(url, { config: { docs: scheduleDocs[name] } }, async (request, reply) => {
      const { scheduleid } = request.params;
      if (!SCHEDULEID.test(scheduleid)) return unknown(reply);
      const changed = await askStore(() => change(scheduleid));
      if (!answered(reply, changed)) return reply;
      switch (changed.value.kind) {
        case "changed":
          return (await findSchedule(scheduleid, reply, options)) ?? reply;
        case "unknown":
          return unknown(reply);
        case "refused":
          return sendError(
            reply,
            "schedule_done",
            `This schedule has made its last run, so it can't ${name}.`,
          );
        default:
          return changed.value satisfies never;
      }
    });
    refuseOtherMethods(app, url, ["POST"]);
  }
}

/** A run by hand: now, whatever the state, beside those that are planned. */
function addRun(app: FastifyInstance, options: ScheduleRouteOptions): void {
  const { redis, keys, commit, nowMs = Date.now } = options;
  const url = "/api/schedules/:scheduleid/run";
  app.post<OneSchedule>(url, { config: { docs: scheduleDocs.run } }, async (request, reply) => {
    const { scheduleid } = request.params;
    if (!SCHEDULEID.test(scheduleid)) return unknown(reply);
    const key = readIdempotencyKey(request.headers["idempotency-key"]);
    if (key.kind === "invalid") return sendFieldErrors(reply, key.errors);
    const template = await askStore(() => readScheduleTemplate(redis, keys, scheduleid));
    if (!answered(reply, template)) return reply;
    if (template.value === null) return unknown(reply);

    const askedMs = nowMs();
    const manualId = key.value === null ? randomUUID() : uuidOf(`run ${key.value}`);
    const { taskid, task } = scheduledTask(scheduleid, template.value.task, { manualId, askedMs });
    const answer: ScheduleRunAnswer = { taskid };
    if (key.value !== null) {
      const made = await askStore(() => isRunMade(redis, keys, taskid));
      if (!answered(reply, made)) return reply;
      if (made.value) return reply.code(202).send(answer);
    }
    const outcome = await commit.add([encodeTask(task)]);
    if (outcome.kind !== "durable") return refuseCommit(reply, outcome);
    if (outcome.digits === "0") {
      const at = new Date(askedMs).toISOString();
      const run: ScheduleRun = { at, fired_at: at, taskid, why: "manual" };
      // The task is stored; that it is not listed if Redis goes right now harms nobody.
      await askStore(() => recordManualRun(redis, keys, scheduleid, run, askedMs));
    }
    return reply.code(202).send(answer);
  });
  refuseOtherMethods(app, url, ["POST"]);
}

/** Null when the refusal has been sent. */
async function findSchedule(
  scheduleid: string,
  reply: FastifyReply,
  { redis, keys }: ScheduleRouteOptions,
): Promise<ScheduleView | null> {
  if (!SCHEDULEID.test(scheduleid)) {
    unknown(reply);
    return null;
  }
  const answer = await askStore(() => readSchedule(redis, keys, scheduleid));
  if (!answered(reply, answer)) return null;
  if (answer.value === null) unknown(reply);
  return answer.value;
}

function unknown(reply: FastifyReply): FastifyReply {
  return sendError(reply, "not_found", "There is no such schedule.");
}
