import {
  FAILURE_TYPES,
  PRIORITIES,
  readFields,
  searchedBatch,
  searchText,
  wholeNumberText,
} from "@taskpulse/contract";
import { refuseOtherMethods, sendFieldErrors } from "@taskpulse/runtime";
import { type Keys, readDeadLetters } from "@taskpulse/store";
import type { FastifyInstance } from "fastify";
import type { Redis } from "ioredis";
import { z } from "zod";
import { fromStore } from "./answered.ts";

const PATH = "/api/dead-letters";
const BEFORE = "must be the `before` of an earlier page";
const pageQuery = z.object({
  q: searchText.optional(),
  priority: z.enum(PRIORITIES).optional(),
  batchid: searchedBatch.optional(),
  type: z.enum(FAILURE_TYPES).optional(),
  before: z
    .string(BEFORE)
    .regex(/^\d{1,15}-[a-z][a-z0-9]{25}$/, BEFORE)
    .optional(),
  limit: wholeNumberText(1, 200).default(50),
});

/** `GET /api/dead-letters`: the tasks that failed for good, latest failure first, and why. */
export function addDeadLetterRoutes(
  app: FastifyInstance,
  { redis, keys }: { redis: Redis; keys: Keys },
): void {
  app.get(PATH, async (request, reply) => {
    const query = readFields(pageQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    return fromStore(reply, () => readDeadLetters(redis, keys, query.value));
  });
  refuseOtherMethods(app, PATH, ["GET"]);
}
