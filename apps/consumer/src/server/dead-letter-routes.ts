import { readFields } from "@taskpulse/contract";
import { refuseOtherMethods, sendFieldErrors } from "@taskpulse/runtime";
import { type Keys, readDeadLetters } from "@taskpulse/store";
import type { FastifyInstance } from "fastify";
import type { Redis } from "ioredis";
import { fromStore } from "./answered.ts";
import { deadLetterQuery, retryDocs } from "./retry-docs.ts";

const PATH = "/api/dead-letters";
/** `GET /api/dead-letters`: the tasks that failed for good, latest failure first, and why. */
export function addDeadLetterRoutes(
  app: FastifyInstance,
  { redis, keys }: { redis: Redis; keys: Keys },
): void {
  app.get(PATH, { config: { docs: retryDocs.deadLetters } }, async (request, reply) => {
    const query = readFields(deadLetterQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    return fromStore(reply, () => readDeadLetters(redis, keys, query.value));
  });
  refuseOtherMethods(app, PATH, ["GET"]);
}
