import { randomBytes } from "node:crypto";
import {
  type FieldError,
  readFields,
  type SubscriptionRequest,
  type SubscriptionWithSecret,
  subscriptionSchema,
} from "@taskpulse/contract";
import {
  acceptJsonOrNothing,
  askStore,
  refuseOtherMethods,
  sendError,
  sendFieldErrors,
} from "@taskpulse/runtime";
import {
  changeSubscription,
  createDeliveries,
  createSubscription,
  idOf,
  type Keys,
  readSubscription,
  readSubscriptions,
  removeSubscription,
  type StoredSubscription,
  type SubscriptionRecord,
  switchSubscription,
  testDelivery,
} from "@taskpulse/store";
import { receiverOf, receiverSecret, type Secrets, secretText } from "@taskpulse/webhook";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { answered } from "./answered.ts";
import { isObject, mergePatch } from "./merge-patch.ts";
import { overlapMs, rotationSchema } from "./secret-rotation.ts";
import { subscriptionDocs } from "./subscription-docs.ts";
import { subscriptionView } from "./subscription-view.ts";
import type { WorkerCatalogue } from "./worker-catalogue.ts";

const PATH = "/api/subscriptions";
const ONE = `${PATH}/:subscriptionid`;
const UNKNOWN = "There is no such subscription.";

interface OneSubscription {
  Params: { subscriptionid: string };
}

export interface SubscriptionRouteOptions {
  redis: Redis;
  keys: Keys;
  catalogue: WorkerCatalogue;
  /** The secrets in force: those of receivers are derived from the first. */
  secrets: () => Secrets;
  nowMs?: () => number;
}

/** `/api/subscriptions`: who gets the results of all tasks that fit. Workers deliver; this only writes down. */
export function addSubscriptionRoutes(
  app: FastifyInstance,
  options: SubscriptionRouteOptions,
): void {
  void app.register(async (scope) => {
    acceptJsonOrNothing(scope);
    addCollection(scope, options);
    addOne(scope, options);
    addSwitches(scope, options);
    addRotation(scope, options);
    addTest(scope, options);
  });
}

function addCollection(app: FastifyInstance, options: SubscriptionRouteOptions): void {
  const { redis, keys, secrets, nowMs = Date.now } = options;
  app.get(PATH, { config: { docs: subscriptionDocs.list } }, async (_request, reply) => {
    const all = await askStore(() => readSubscriptions(redis, keys));
    return answered(reply, all) ? { subscriptions: all.value.map(subscriptionView) } : reply;
  });

  app.post(PATH, { config: { docs: subscriptionDocs.create } }, async (request, reply) => {
    const read = readFields(subscriptionSchema, request.body ?? null);
    if (read.kind === "invalid") return sendFieldErrors(reply, read.errors);
    const problem = await callerProblem(read.value, options);
    if (problem !== null) return sendFieldErrors(reply, [problem]);
    const subscriptionid = idOf(randomBytes(16));
    const record: SubscriptionRecord = {
      ...{ request: read.value, created: nowMs(), secret: { version: 1, previousUntil: 0 } },
    };
    const created = await askStore(() => createSubscription(redis, keys, subscriptionid, record));
    if (!answered(reply, created)) return reply;
    if (!created.value) {
      const reason = "There are too many subscriptions; delete some that are not needed.";
      return sendError(reply, "too_many_subscriptions", reason);
    }
    const stored = { ...record, subscriptionid, disabled: null, delivered: 0, failed: 0 };
    return reply
      .code(201)
      .header("location", `${PATH}/${subscriptionid}`)
      .send(withSecret(stored, secrets()));
  });
  refuseOtherMethods(app, PATH, ["GET", "POST"]);
}

function addOne(app: FastifyInstance, options: SubscriptionRouteOptions): void {
  const { redis, keys } = options;
  app.get<OneSubscription>(
    ONE,
    { config: { docs: subscriptionDocs.one } },
    async (request, reply) => {
      const { subscriptionid } = request.params;
      const found = await askStore(() => readSubscription(redis, keys, subscriptionid));
      return answered(reply, found) ? viewOr404(reply, found.value) : reply;
    },
  );

  app.patch<OneSubscription>(
    ONE,
    { config: { docs: subscriptionDocs.change } },
    async (request, reply) => {
      const { subscriptionid } = request.params;
      const { body } = request;
      if (!isObject(body)) {
        return sendFieldErrors(reply, [{ path: "", message: "must be an object" }]);
      }
      let errors: FieldError[] = [];
      const current = await askStore(() => readSubscription(redis, keys, subscriptionid));
      if (!answered(reply, current)) return reply;
      if (current.value === null) return sendError(reply, "not_found", UNKNOWN);
      const wished = readFields(subscriptionSchema, mergePatch(current.value.request, body));
      const problem = wished.kind === "valid" ? await callerProblem(wished.value, options) : null;
      if (problem !== null) return sendFieldErrors(reply, [problem]);
      const changed = await askStore(() =>
        changeSubscription(redis, keys, subscriptionid, (record) => {
          const read = readFields(subscriptionSchema, mergePatch(record.request, body));
          if (read.kind === "valid") return { ...record, request: read.value };
          errors = read.errors;
          return null;
        }),
      );
      if (!answered(reply, changed)) return reply;
      if (errors.length > 0) return sendFieldErrors(reply, errors);
      return viewOr404(reply, changed.value);
    },
  );

  app.delete<OneSubscription>(
    ONE,
    { config: { docs: subscriptionDocs.remove } },
    async (request, reply) => {
      const { subscriptionid } = request.params;
      const removed = await askStore(() => removeSubscription(redis, keys, subscriptionid));
      if (!answered(reply, removed)) return reply;
      return removed.value ? reply.code(204).send() : sendError(reply, "not_found", UNKNOWN);
    },
  );
  refuseOtherMethods(app, ONE, ["GET", "PATCH", "DELETE"]);
}

/** By hand; a receiver that answers 410 disables its subscription as well. */
function addSwitches(app: FastifyInstance, { redis, keys }: SubscriptionRouteOptions): void {
  const switches = { enable: null, disable: "It was disabled by hand." };
  for (const name of ["enable", "disable"] as const) {
    const why = switches[name];
    const url = `${ONE}/${name}`;
    app.post<OneSubscription>(
      url,
      { config: { docs: subscriptionDocs[name] } },
      async (request, reply) => {
        const { subscriptionid } = request.params;
        const switched = await askStore(async () => {
          await switchSubscription(redis, keys, subscriptionid, why);
          return readSubscription(redis, keys, subscriptionid);
        });
        return answered(reply, switched) ? viewOr404(reply, switched.value) : reply;
      },
    );
    refuseOtherMethods(app, url, ["POST"]);
  }
}

function addRotation(app: FastifyInstance, options: SubscriptionRouteOptions): void {
  const { redis, keys, secrets, nowMs = Date.now } = options;
  const url = `${ONE}/rotate-secret`;
  app.post<OneSubscription>(
    url,
    { config: { docs: subscriptionDocs.rotate } },
    async (request, reply) => {
      const read = readFields(rotationSchema, request.body ?? {});
      if (read.kind === "invalid") return sendFieldErrors(reply, read.errors);
      const previousUntil = nowMs() + overlapMs(read.value);
      const { subscriptionid } = request.params;
      const changed = await askStore(() =>
        changeSubscription(redis, keys, subscriptionid, (record) => ({
          ...record,
          secret: { version: record.secret.version + 1, previousUntil },
        })),
      );
      if (!answered(reply, changed)) return reply;
      if (changed.value === null) return sendError(reply, "not_found", UNKNOWN);
      return reply.send(withSecret(changed.value, secrets()));
    },
  );
  refuseOtherMethods(app, url, ["POST"]);
}

function addTest(app: FastifyInstance, options: SubscriptionRouteOptions): void {
  const { redis, keys, nowMs = Date.now } = options;
  const url = `${ONE}/test`;
  app.post<OneSubscription>(
    url,
    { config: { docs: subscriptionDocs.test } },
    async (request, reply) => {
      const { subscriptionid } = request.params;
      const found = await askStore(() => readSubscription(redis, keys, subscriptionid));
      if (!answered(reply, found)) return reply;
      if (found.value === null) return sendError(reply, "not_found", UNKNOWN);
      const delivery = testDelivery(subscriptionid, found.value, idOf(randomBytes(16)), nowMs());
      const made = await askStore(() => createDeliveries(redis, keys, [delivery]));
      if (!answered(reply, made)) return reply;
      const { deliveryid } = delivery;
      return reply
        .code(202)
        .header("location", `/api/deliveries/${deliveryid}`)
        .send({ deliveryid });
    },
  );
  refuseOtherMethods(app, url, ["POST"]);
}

function viewOr404(reply: FastifyReply, stored: StoredSubscription | null): FastifyReply {
  if (stored === null) return sendError(reply, "not_found", UNKNOWN);
  return reply.send(subscriptionView(stored));
}

/** The secret is derived; it is shown in two answers only. */
function withSecret(stored: StoredSubscription, [master]: Secrets): SubscriptionWithSecret {
  const receiver = receiverOf(stored.subscriptionid, stored.request.url);
  const secret = secretText(receiverSecret(master, receiver, stored.secret.version));
  return { ...subscriptionView(stored), secret };
}

/** What is wrong with the caller that it names; without any name it is the one that every worker has. */
async function callerProblem(
  { caller }: SubscriptionRequest,
  { catalogue }: SubscriptionRouteOptions,
): Promise<FieldError | null> {
  if (caller === undefined || caller === "basic") return null;
  await catalogue.refresh();
  const callers = new Set(["basic", ...(catalogue.known?.callers ?? [])]);
  if (callers.has(caller)) return null;
  const message = `must be a caller that a worker has: ${[...callers].join(", ")}`;
  return { path: "caller", message };
}
