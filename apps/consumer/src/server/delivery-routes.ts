import { randomUUID } from "node:crypto";
import { type ReplayJob, readFields, replayRequestSchema } from "@taskpulse/contract";
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
  cancelReplayJob,
  createReplayJob,
  type Keys,
  listReplayJobs,
  type Replayed,
  readDelivery,
  readDeliveryPage,
  readReplayJob,
  replayDelivery,
} from "@taskpulse/store";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { answered, fromStore } from "./answered.ts";
import { deliveryDocs, deliveryQuery, replayQuery } from "./delivery-docs.ts";
import { KEY_REUSED } from "./keyed-intake.ts";

export interface DeliveryRouteOptions {
  redis: Redis;
  keys: Keys;
}

interface OneDelivery {
  Params: { deliveryid: string };
}

interface OneJob {
  Params: { jobid: string };
}

const DELIVERYID = /^[a-z0-9-]{1,100}$/;
const JOBID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UNKNOWN = "There is no such delivery, or it is older than what is kept.";
const UNKNOWN_JOB = "There is no such job, or it is older than what is kept.";

/** `/api/deliveries` and `/api/replays`: result webhooks, what became of them, and sending them again. */
export function addDeliveryRoutes(app: FastifyInstance, options: DeliveryRouteOptions): void {
  addReading(app, options);
  void app.register(async (scope) => {
    acceptJsonOrNothing(scope);
    addReplayOfOne(scope, options);
    addReplayOfMany(scope, options);
  });
}

function addReading(app: FastifyInstance, { redis, keys }: DeliveryRouteOptions): void {
  app.get("/api/deliveries", { config: { docs: deliveryDocs.list } }, async (request, reply) => {
    const query = readFields(deliveryQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    return fromStore(reply, () => readDeliveryPage(redis, keys, query.value));
  });
  refuseOtherMethods(app, "/api/deliveries", ["GET"]);

  app.get<OneDelivery>(
    "/api/deliveries/:deliveryid",
    { config: { docs: deliveryDocs.one } },
    (request, reply) =>
      fromStore(reply, async () => {
        const { deliveryid } = request.params;
        const found = DELIVERYID.test(deliveryid)
          ? await readDelivery(redis, keys, deliveryid)
          : null;
        return found ?? sendError(reply, "not_found", UNKNOWN);
      }),
  );
  refuseOtherMethods(app, "/api/deliveries/:deliveryid", ["GET"]);
}

function addReplayOfOne(app: FastifyInstance, { redis, keys }: DeliveryRouteOptions): void {
  const url = "/api/deliveries/:deliveryid/replay";
  app.post<OneDelivery>(
    url,
    { config: { docs: deliveryDocs.replayOne } },
    async (request, reply) => {
      const { deliveryid } = request.params;
      if (!DELIVERYID.test(deliveryid)) return sendError(reply, "not_found", UNKNOWN);
      const replayed = await askStore(() => replayDelivery(redis, keys, deliveryid));
      return answered(reply, replayed) ? answerReplay(reply, deliveryid, replayed.value) : reply;
    },
  );
  refuseOtherMethods(app, url, ["POST"]);
}

function answerReplay(reply: FastifyReply, deliveryid: string, outcome: Replayed): FastifyReply {
  switch (outcome) {
    case "queued":
      return reply.code(202).send({ deliveryid, state: "pending" });
    case "unknown":
      return sendError(reply, "not_found", UNKNOWN);
    case "unwanted":
      return sendError(
        reply,
        "subscription_inactive",
        "The subscription that this delivery belongs to is disabled or gone.",
      );
    case "full":
      reply.header("retry-after", "10");
      return sendError(reply, "overloaded", "Too much is waiting for this address already.");
    default:
      return outcome satisfies never;
  }
}

function addReplayOfMany(app: FastifyInstance, { redis, keys }: DeliveryRouteOptions): void {
  app.post(
    "/api/deliveries/replay",
    { config: { docs: deliveryDocs.replayMany } },
    async (request, reply) => {
      const key = readIdempotencyKey(request.headers["idempotency-key"]);
      if (key.kind === "invalid") return sendFieldErrors(reply, key.errors);
      const filter = readFields(replayRequestSchema, request.body ?? {});
      if (filter.kind === "invalid") return sendFieldErrors(reply, filter.errors);
      const jobid = key.value === null ? randomUUID() : uuidOf(`replay ${key.value}`);
      const created = await askStore(() => createReplayJob(redis, keys, jobid, filter.value));
      if (!answered(reply, created)) return reply;
      switch (created.value) {
        case "created": {
          const job = await findJob(reply, jobid);
          if (job === null) return reply;
          return reply.code(202).header("location", `/api/replays/${jobid}`).send(job);
        }
        case "other":
          return sendError(reply, "idempotency_key_reused", KEY_REUSED);
        case "tooMany":
          reply.header("retry-after", "10");
          return sendError(
            reply,
            "overloaded",
            "Too many replays are under way; wait until some have ended, or cancel them.",
          );
        default:
          return created.value satisfies never;
      }
    },
  );
  refuseOtherMethods(app, "/api/deliveries/replay", ["POST"]);

  app.get("/api/replays", { config: { docs: deliveryDocs.replays } }, async (request, reply) => {
    const query = readFields(replayQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    const listed = await askStore(() => listReplayJobs(redis, keys, query.value.limit));
    return answered(reply, listed) ? { replays: listed.value } : reply;
  });
  refuseOtherMethods(app, "/api/replays", ["GET"]);

  app.get<OneJob>(
    "/api/replays/:jobid",
    { config: { docs: deliveryDocs.replay } },
    async (request, reply) => (await findJob(reply, request.params.jobid)) ?? reply,
  );
  refuseOtherMethods(app, "/api/replays/:jobid", ["GET"]);

  app.post<OneJob>(
    "/api/replays/:jobid/cancel",
    { config: { docs: deliveryDocs.cancelReplay } },
    async (request, reply) => {
      const { jobid } = request.params;
      const cancelled = await askStore(() => cancelReplayJob(redis, keys, jobid));
      if (!answered(reply, cancelled)) return reply;
      if (cancelled.value === "done") {
        return sendError(
          reply,
          "job_ended",
          "This job is done, so it can't be cancelled any more.",
        );
      }
      return (await findJob(reply, jobid)) ?? reply;
    },
  );
  refuseOtherMethods(app, "/api/replays/:jobid/cancel", ["POST"]);

  /** Null when the refusal has been sent. */
  async function findJob(reply: FastifyReply, jobid: string): Promise<ReplayJob | null> {
    const found = await askStore(async () =>
      JOBID.test(jobid) ? readReplayJob(redis, keys, jobid) : null,
    );
    if (!answered(reply, found)) return null;
    if (found.value === null) sendError(reply, "not_found", UNKNOWN_JOB);
    return found.value;
  }
}
