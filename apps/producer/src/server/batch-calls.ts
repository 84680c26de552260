import type { BatchOutcomes, ProducerSettings } from "@taskpulse/contract";
import {
  acceptJsonOrNothing,
  askStore,
  type Logger,
  readIdempotencyKey,
  refuseOtherMethods,
  sendError,
  sendFieldErrors,
} from "@taskpulse/runtime";
import {
  type BatchCommand,
  changeBatch,
  createBatch,
  type Keys,
  listBatches,
  positionBeforeLast,
  readBatch,
  readBatchEvents,
  type StoredBatch,
} from "@taskpulse/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Redis } from "ioredis";
import { batchDocs } from "./batch-docs.ts";
import type { BatchNews } from "./batch-news.ts";
import { readBatchRequest, toBatchOrder } from "./batch-order.ts";
import { type EventStreamLimits, streamEvents } from "./event-stream.ts";
import { type EventsQuery, readEventsQuery, readLimit } from "./query.ts";
import { accepted, known } from "./refusals.ts";

export interface BatchCallOptions {
  redis: Redis;
  keys: Keys;
  news: BatchNews;
  /** Ends the event streams. */
  closing: AbortSignal;
  settings: ProducerSettings;
  log: Logger;
  streamLimits?: EventStreamLimits;
}

interface OneBatch {
  Params: { batchid: string };
}

const COMMANDS: readonly BatchCommand[] = ["pause", "resume", "cancel", "retry"];
const BEGINNING = "0-0";
/** A batch ends once more each time its undelivered are sent again. */
const MOST_ENDS = 32;

/** The producer's calls, as `docs/` and the contract list them. To be registered as a plugin. */
export function batchCalls(options: BatchCallOptions) {
  return async (app: FastifyInstance): Promise<void> => {
    acceptJsonOrNothing(app);
    addCollection(app, options);
    addOne(app, options);
    addEvents(app, options);
    app.get("/api/settings", { config: { docs: batchDocs.settings } }, () => options.settings);
    refuseOtherMethods(app, "/api/settings", ["GET"]);
  };
}

function addCollection(app: FastifyInstance, options: BatchCallOptions): void {
  const { redis, keys } = options;
  app.post("/api/batches", { config: { docs: batchDocs.create } }, async (request, reply) => {
    const batch = await startBatch(request, reply, options);
    if (batch === null) return reply;
    return reply
      .code(201)
      .header("location", `/api/batches/${batch.view.batchid}`)
      .send(batch.view);
  });
  app.get<{ Querystring: Record<string, unknown> }>(
    "/api/batches",
    { config: { docs: batchDocs.list } },
    async (request, reply) => {
      const limit = readLimit(request.query);
      if (limit.kind === "invalid") return sendFieldErrors(reply, limit.errors);
      const answer = await askStore(() => listBatches(redis, keys, limit.value));
      return known(reply, answer) ? reply.send({ batches: answer.value }) : reply;
    },
  );
  refuseOtherMethods(app, "/api/batches", ["GET", "POST"]);
}

function addOne(app: FastifyInstance, { redis, keys }: BatchCallOptions): void {
  app.get<OneBatch>(
    "/api/batches/:batchid",
    { config: { docs: batchDocs.one } },
    async (request, reply) => {
      const batch = await findBatch(request.params.batchid, reply, { redis, keys });
      return batch === null ? reply : reply.send(batch.view);
    },
  );
  refuseOtherMethods(app, "/api/batches/:batchid", ["GET"]);

  for (const command of COMMANDS) {
    const url = `/api/batches/:batchid/${command}`;
    app.post<OneBatch>(url, { config: { docs: batchDocs[command] } }, async (request, reply) => {
      const { batchid } = request.params;
      const change = await askStore(() => changeBatch(redis, keys, batchid, command, Date.now()));
      if (!known(reply, change) || !accepted(reply, batchid, command, change.value)) return reply;
      const batch = await findBatch(batchid, reply, { redis, keys });
      return batch === null ? reply : reply.send(batch.view);
    });
    refuseOtherMethods(app, url, ["POST"]);
  }
}

function addEvents(app: FastifyInstance, options: BatchCallOptions): void {
  const { redis, keys } = options;
  app.get<OneBatch & { Querystring: Record<string, unknown> }>(
    "/api/batches/:batchid/events",
    { exposeHeadRoute: false, config: { docs: batchDocs.events } },
    async (request, reply) => {
      const query = readEventsQuery(request.query, request.headers["last-event-id"]);
      if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
      const batch = await findBatch(request.params.batchid, reply, { redis, keys });
      if (batch === null) return reply;
      const { begin, withTotals } = query.value;
      const { batchid } = batch.view;
      const position = await askStore((signal) => positionOf(begin, batchid, options, signal));
      if (!known(reply, position)) return reply;
      const { doneEventId } = batch;
      if (doneEventId !== null && !isBefore(position.value, doneEventId)) {
        return reply.code(204).send();
      }
      return stream(reply, batch, position.value, withTotals, options);
    },
  );
  refuseOtherMethods(app, "/api/batches/:batchid/events", ["GET"]);

  app.get<OneBatch & { Querystring: Record<string, unknown> }>(
    "/api/batches/:batchid/outcomes",
    { config: { docs: batchDocs.outcomes } },
    async (request, reply) => {
      const limit = readLimit(request.query);
      if (limit.kind === "invalid") return sendFieldErrors(reply, limit.errors);
      const batch = await findBatch(request.params.batchid, reply, { redis, keys });
      if (batch === null) return reply;
      const answer = await askStore(() => newestOutcomes(batch.view, limit.value, options));
      return known(reply, answer) ? reply.send(answer.value) : reply;
    },
  );
  refuseOtherMethods(app, "/api/batches/:batchid/outcomes", ["GET"]);

  app.post("/producetasks", { config: { docs: batchDocs.produce } }, async (request, reply) => {
    const batch = await startBatch(request, reply, options);
    return batch === null ? reply : stream(reply, batch, BEGINNING, false, options);
  });
  refuseOtherMethods(app, "/producetasks", ["POST"]);
}

async function newestOutcomes(
  batch: StoredBatch["view"],
  limit: number,
  { redis, keys }: Pick<BatchCallOptions, "redis" | "keys">,
): Promise<BatchOutcomes> {
  const position = await positionBeforeLast(redis, keys, batch.batchid, limit);
  const events = await readBatchEvents(redis, keys, batch, position, limit + MOST_ENDS);
  const outcomes = events.flatMap((event) => (event.kind === "done" ? [] : [event.data]));
  return {
    outcomes: outcomes.slice(-limit),
    lastEventId: events.at(-1)?.id ?? position,
  };
}

/** The id of the event after which the stream begins. */
async function positionOf(
  begin: EventsQuery["begin"],
  batchid: string,
  { redis, keys }: Pick<BatchCallOptions, "redis" | "keys">,
  signal: AbortSignal,
): Promise<string> {
  switch (begin.from) {
    case "start":
      return BEGINNING;
    case "resume":
      return begin.after;
    case "tail":
      return positionBeforeLast(redis, keys, batchid, begin.count, signal);
    default:
      return begin satisfies never;
  }
}

/**
 * Creates a batch as the body asks; null when the refusal has been sent. A start that was given up
 * because Redis did not answer may still happen: whoever repeats it sends an `Idempotency-Key`.
 */
async function startBatch(
  request: FastifyRequest,
  reply: FastifyReply,
  { redis, keys, settings }: BatchCallOptions,
): Promise<StoredBatch | null> {
  const read = readBatchRequest(request.body);
  if (read.kind === "invalid") {
    sendFieldErrors(reply, read.errors);
    return null;
  }
  const key = readIdempotencyKey(request.headers["idempotency-key"]);
  if (key.kind === "invalid") {
    sendFieldErrors(reply, key.errors);
    return null;
  }
  const order = toBatchOrder(read.value, settings, key.value);
  const created = await askStore(() => createBatch(redis, keys, order, Date.now()));
  return known(reply, created) ? findBatch(order.batchid, reply, { redis, keys }) : null;
}

/** Null when the refusal has been sent. */
async function findBatch(
  batchid: string,
  reply: FastifyReply,
  { redis, keys }: Pick<BatchCallOptions, "redis" | "keys">,
): Promise<StoredBatch | null> {
  const answer = await askStore(() => readBatch(redis, keys, batchid));
  if (!known(reply, answer)) return null;
  if (answer.value === null) sendError(reply, "not_found", `There is no batch ${batchid}.`);
  return answer.value;
}

function stream(
  reply: FastifyReply,
  { view }: StoredBatch,
  after: string,
  withTotals: boolean,
  { redis, keys, news, closing, log, streamLimits }: BatchCallOptions,
): FastifyReply {
  reply.hijack();
  streamEvents(
    reply.raw,
    { batch: view, after, withTotals },
    { redis, keys, news, closing },
    streamLimits,
  ).catch((error: unknown) => log.error({ err: error }, "an event stream failed"));
  return reply;
}

/** Compares stream ids, `<ms>-<seq>`. */
function isBefore(a: string, b: string): boolean {
  const [msA = 0, seqA = 0] = a.split("-").map(Number);
  const [msB = 0, seqB = 0] = b.split("-").map(Number);
  return msA < msB || (msA === msB && seqA < seqB);
}
