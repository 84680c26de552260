import type { SchedulePreview } from "@taskpulse/contract";
import { refuseOtherMethods, sendError, sendFieldErrors } from "@taskpulse/runtime";
import { readTiming } from "@taskpulse/store";
import type { FastifyInstance } from "fastify";
import { parseJson } from "./json-body.ts";
import { acceptBytes, jsonBody } from "./raw-body.ts";
import { scheduleDocs } from "./schedule-docs.ts";
import { readScheduleRequest } from "./schedule-request.ts";

const PATH = "/api/schedules/preview";
const RUNS = 5;
/** What runs is not looked at. */
const task = { owner: "preview", priority: "Low" };

/**
 * `POST /api/schedules/preview`: a schedule without its task. Says when it would run, or what is wrong
 * with it as the schedule itself would be told. Nothing is written.
 */
export function addSchedulePreviewRoute(app: FastifyInstance, nowMs: () => number): void {
  void app.register(async (scope) => {
    acceptBytes(scope);
    scope.post(PATH, { config: { docs: scheduleDocs.preview } }, async (_request, reply) => {
      const body = jsonBody(reply);
      if (body === null) return reply;
      const parsed = parseJson(body);
      if (parsed.kind === "notJson") return sendError(reply, "invalid_json", parsed.reason);
      const { json } = parsed;
      const whole = isObject(json) ? { ...json, task } : json;
      const read = readScheduleRequest(Buffer.from(JSON.stringify(whole)), nowMs());
      if (read.kind === "notJson") return sendError(reply, "invalid_json", read.reason);
      if (read.kind === "refused") return sendFieldErrors(reply, read.errors);
      const { plan, nextMs } = read.order;
      const timing = readTiming(plan.timing, plan.createdMs);
      const runs = [nextMs];
      while (timing.kind === "valid" && runs.length < RUNS) {
        const next = timing.timetable.next(runs.at(-1) ?? nextMs);
        if (next === null) break;
        runs.push(next);
      }
      const preview: SchedulePreview = { runs: runs.map((ms) => new Date(ms).toISOString()) };
      return reply.send(preview);
    });
  });
  refuseOtherMethods(app, PATH, ["POST"]);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
