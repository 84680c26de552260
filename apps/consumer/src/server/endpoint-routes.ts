import { readFields } from "@taskpulse/contract";
import {
  acceptJsonOrNothing,
  askStore,
  refuseOtherMethods,
  sendError,
  sendFieldErrors,
} from "@taskpulse/runtime";
import {
  enableEndpoint,
  type Keys,
  readEndpoint,
  readEndpointPage,
  type ShownSecret,
  showDestinationSecret,
} from "@taskpulse/store";
import { receiverOf, receiverSecret, type Secrets, secretText } from "@taskpulse/webhook";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { answered, fromStore } from "./answered.ts";
import { endpointDocs, endpointQuery, rotateSchema, secretSchema } from "./endpoint-docs.ts";
import { overlapMs } from "./secret-rotation.ts";

export interface EndpointRouteOptions {
  redis: Redis;
  keys: Keys;
  /** The secrets in force: those of receivers are derived from the first. */
  secrets: () => Secrets;
}

interface OneEndpoint {
  Params: { endpointid: string };
}

const UNKNOWN = "There is no such endpoint, or nothing was sent there for long.";

/** `/api/endpoints`: the addresses that webhooks go to, and how they are; `/api/destinations`: their secrets. */
export function addEndpointRoutes(app: FastifyInstance, options: EndpointRouteOptions): void {
  const { redis, keys } = options;
  app.get("/api/endpoints", { config: { docs: endpointDocs.list } }, async (request, reply) => {
    const query = readFields(endpointQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    return fromStore(reply, () => readEndpointPage(redis, keys, query.value));
  });
  refuseOtherMethods(app, "/api/endpoints", ["GET"]);

  app.get<OneEndpoint>(
    "/api/endpoints/:endpointid",
    { config: { docs: endpointDocs.one } },
    (request, reply) =>
      fromStore(
        reply,
        async () =>
          (await readEndpoint(redis, keys, request.params.endpointid)) ??
          sendError(reply, "not_found", UNKNOWN),
      ),
  );
  refuseOtherMethods(app, "/api/endpoints/:endpointid", ["GET"]);

  void app.register(async (scope) => {
    acceptJsonOrNothing(scope);
    addEnable(scope, options);
    addSecrets(scope, options);
  });
}

/** Takes back what an endpoint has earned by 410 or by failing. */
function addEnable(app: FastifyInstance, { redis, keys }: EndpointRouteOptions): void {
  const url = "/api/endpoints/:endpointid/enable";
  app.post<OneEndpoint>(url, { config: { docs: endpointDocs.enable } }, async (request, reply) => {
    const { endpointid } = request.params;
    const enabled = await askStore(async () =>
      (await enableEndpoint(redis, keys, endpointid))
        ? readEndpoint(redis, keys, endpointid)
        : null,
    );
    if (!answered(reply, enabled)) return reply;
    return enabled.value ?? sendError(reply, "not_found", UNKNOWN);
  });
  refuseOtherMethods(app, url, ["POST"]);
}

/** What verifies the webhooks that tasks themselves name: for each address another secret. */
function addSecrets(app: FastifyInstance, { redis, keys, secrets }: EndpointRouteOptions): void {
  app.post(
    "/api/destinations/secret",
    { config: { docs: endpointDocs.secret } },
    async (request, reply) => {
      const read = readFields(secretSchema, request.body ?? null);
      if (read.kind === "invalid") return sendFieldErrors(reply, read.errors);
      const destination = receiverOf("", read.value.url);
      const shown = await askStore(() => showDestinationSecret(redis, keys, destination));
      return answered(reply, shown) ? answerSecret(reply, destination, shown.value) : reply;
    },
  );
  refuseOtherMethods(app, "/api/destinations/secret", ["POST"]);

  app.post(
    "/api/destinations/rotate-secret",
    { config: { docs: endpointDocs.rotate } },
    async (request, reply) => {
      const read = readFields(rotateSchema, request.body ?? null);
      if (read.kind === "invalid") return sendFieldErrors(reply, read.errors);
      const destination = receiverOf("", read.value.url);
      const overlap = overlapMs(read.value);
      const shown = await askStore(() =>
        showDestinationSecret(redis, keys, destination, { overlapMs: overlap }),
      );
      return answered(reply, shown) ? answerSecret(reply, destination, shown.value) : reply;
    },
  );
  refuseOtherMethods(app, "/api/destinations/rotate-secret", ["POST"]);

  function answerSecret(
    reply: FastifyReply,
    destination: string,
    shown: ShownSecret,
  ): FastifyReply {
    switch (shown.kind) {
      case "now": {
        const { version, previousUntil } = shown.secret;
        return reply.send({
          destination,
          secret: secretText(receiverSecret(secrets()[0], destination, version)),
          previous_secret_until: previousUntil === 0 ? null : new Date(previousUntil).toISOString(),
        });
      }
      case "shown":
        return sendError(
          reply,
          "secret_shown",
          `The secret of this address was shown at ${new Date(shown.at).toISOString()}; POST /api/destinations/rotate-secret makes a new one.`,
        );
      case "full":
        return sendError(
          reply,
          "overloaded",
          "The secrets of too many addresses have been shown; use subscriptions instead.",
        );
      default:
        return shown satisfies never;
    }
  }
}
