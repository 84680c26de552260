import { randomUUID } from "node:crypto";
import { type RetryJob, readFields, retryFilterSchema } from "@taskpulse/contract";
import {
  acceptJsonOrNothing,
  askStore,
  readIdempotencyKey,
  refuseOtherMethods,
  sendError,
  sendFieldErrors,
  uuidOf,
} from "@taskpulse/runtime";
import {
  cancelRetryJob,
  createRetryJob,
  type Keys,
  listRetryJobs,
  readRetryJob,
} from "@taskpulse/store";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { answered } from "./answered.ts";
import { KEY_REUSED } from "./keyed-intake.ts";
import { retryDocs, retryListQuery } from "./retry-docs.ts";

interface OneJob {
  Params: { jobid: string };
}

export interface RetryRouteOptions {
  redis: Redis;
  keys: Keys;
  /** Called when there is a new job. */
  onCreated: () => void;
}

const JOBID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Retries in bulk: `POST /api/tasks/retry` and `/api/retries`. See `retry-runner.ts` for who does them. */
export function addRetryRoutes(app: FastifyInstance, options: RetryRouteOptions): void {
  const { redis, keys, onCreated } = options;

  void app.register(async (scope) => {
    acceptJsonOrNothing(scope);
    scope.post(
      "/api/tasks/retry",
      { config: { docs: retryDocs.create } },
      async (request, reply) => {
        const key = readIdempotencyKey(request.headers["idempotency-key"]);
        if (key.kind === "invalid") return sendFieldErrors(reply, key.errors);
        const filter = readFields(retryFilterSchema, request.body);
        if (filter.kind === "invalid") return sendFieldErrors(reply, filter.errors);
        const jobid = key.value === null ? randomUUID() : uuidOf(`retry ${key.value}`);
        const created = await askStore(() => createRetryJob(redis, keys, jobid, filter.value));
        if (!answered(reply, created)) return reply;
        switch (created.value) {
          case "created": {
            onCreated();
            const job = await findJob(reply, jobid);
            if (job === null) return reply;
            return reply.code(202).header("location", `/api/retries/${jobid}`).send(job);
          }
          case "tooMany":
            reply.header("retry-after", "5");
            return sendError(
              reply,
              "overloaded",
              "Too many retries in bulk are under way; wait until some have ended, or cancel them.",
            );
          case "other":
            return sendError(reply, "idempotency_key_reused", KEY_REUSED);
          default:
            return created.value satisfies never;
        }
      },
    );

    scope.post<OneJob>(
      "/api/retries/:jobid/cancel",
      { config: { docs: retryDocs.cancel } },
      async (request, reply) => {
        const { jobid } = request.params;
        const cancelled = await askStore(() => cancelRetryJob(redis, keys, jobid));
        if (!answered(reply, cancelled)) return reply;
        if (typeof cancelled.value === "object" && cancelled.value.unchanged === "done") {
          return sendError(
            reply,
            "job_ended",
            "This job is done, so it can't be cancelled any more.",
          );
        }
        return (await findJob(reply, jobid)) ?? reply;
      },
    );
  });
  refuseOtherMethods(app, "/api/tasks/retry", ["POST"]);
  refuseOtherMethods(app, "/api/retries/:jobid/cancel", ["POST"]);

  app.get("/api/retries", { config: { docs: retryDocs.list } }, async (request, reply) => {
    const query = readFields(retryListQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    const listed = await askStore(() => listRetryJobs(redis, keys, query.value.limit));
    return answered(reply, listed) ? { retries: listed.value } : reply;
  });
  refuseOtherMethods(app, "/api/retries", ["GET"]);

  app.get<OneJob>(
    "/api/retries/:jobid",
    { config: { docs: retryDocs.one } },
    async (request, reply) => (await findJob(reply, request.params.jobid)) ?? reply,
  );
  refuseOtherMethods(app, "/api/retries/:jobid", ["GET"]);

  /** Null when the refusal has been sent. */
  async function findJob(reply: FastifyReply, jobid: string): Promise<RetryJob | null> {
    const found = await askStore(async () =>
      JOBID.test(jobid) ? readRetryJob(redis, keys, jobid) : null,
    );
    if (!answered(reply, found)) return null;
    if (found.value === null) {
      sendError(reply, "not_found", "There is no such job, or it is older than what is kept.");
    }
    return found.value;
  }
}
