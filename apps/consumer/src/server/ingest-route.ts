import { type Registry, refuseOtherMethods, sendError } from "@taskpulse/runtime";
import { type CommitOutcome, encodeTask, type GroupCommit } from "@taskpulse/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { IngestCounts } from "./ingest-counts.ts";
import { parseTasks } from "./parse-tasks.ts";

const PATH = "/consumetasks";
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json$/;
const WEBHOOK_ID_LIMIT = 200;

/**
 * `POST /consumetasks`. Checks in the order of the contract: method, size, media type, JSON,
 * schema; the answer goes out only after the tasks are durable.
 */
export function addIngestRoute(
  app: FastifyInstance,
  { commit, metrics }: { commit: GroupCommit; metrics: Registry },
): void {
  const counts = new IngestCounts(metrics);

  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The type is checked after the size, so every type is read as bytes first.
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    scope.addHook("onResponse", (_request, reply, done) => {
      counts.answered(reply.statusCode);
      done();
    });

    scope.post(PATH, async (request, reply) => {
      const problem = mediaTypeProblem(request);
      if (problem !== null) return sendError(reply, "unsupported_media_type", problem);
      const parsed = parseTasks(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      switch (parsed.kind) {
        case "notJson":
          return sendError(reply, "invalid_json", parsed.reason);
        case "notTasks":
          return sendError(reply, "invalid_task", parsed.reason, parsed.errors);
        case "tasks": {
          const webhookId = webhookIdOf(request);
          const encoded = parsed.tasks.map((task) => encodeTask(task, webhookId));
          const outcome = await commit.add(encoded);
          if (outcome.kind !== "durable") return refuse(reply, outcome);
          const numbers = countDigits(outcome.digits);
          counts.taken(numbers);
          const taskids = encoded.map((task) => task.taskid);
          return reply
            .type("application/json; charset=utf-8")
            .send(JSON.stringify({ status: "success", retval: { ...numbers, taskids } }));
        }
        default:
          return parsed satisfies never;
      }
    });
    refuseOtherMethods(scope, PATH, ["POST"]);
  });
}

function refuse(
  reply: FastifyReply,
  outcome: Exclude<CommitOutcome, { kind: "durable" }>,
): FastifyReply {
  reply.header("retry-after", "1");
  switch (outcome.kind) {
    case "unavailable":
      return sendError(
        reply,
        "store_unavailable",
        "The store can't take tasks now; send again in a moment.",
      );
    case "full":
      return sendError(
        reply,
        "store_full",
        "The store is full; nothing is forgotten to make room.",
      );
    case "overloaded":
      return sendError(
        reply,
        "overloaded",
        "Too many tasks are waiting to be stored; send again in a moment.",
      );
    case "stopping":
      return sendError(reply, "stopping", "This process is shutting down; send again in a moment.");
    default:
      return outcome satisfies never;
  }
}

function mediaTypeProblem(request: FastifyRequest): string | null {
  const [type = "", ...parameters] = (request.headers["content-type"] ?? "")
    .toLowerCase()
    .split(";");
  if (!JSON_TYPE.test(type.trim())) return "Send the body as application/json.";
  for (const parameter of parameters) {
    const [name, value = ""] = parameter.trim().split("=");
    if (name === "charset" && value.replaceAll('"', "") !== "utf-8")
      return "Send the body in UTF-8.";
  }
  const encoding = request.headers["content-encoding"];
  return encoding === undefined || encoding === "identity" ? null : "Send the body uncompressed.";
}

/** Kept with the record; anything that is no visible ASCII or too long is not kept. */
function webhookIdOf(request: FastifyRequest): string {
  const id = request.headers["webhook-id"];
  return typeof id === "string" && id.length <= WEBHOOK_ID_LIMIT && /^[\x21-\x7e]+$/.test(id)
    ? id
    : "";
}

function countDigits(digits: string): { accepted: number; duplicates: number; conflicts: number } {
  let accepted = 0;
  let conflicts = 0;
  for (const digit of digits) {
    if (digit === "0") accepted += 1;
    else if (digit === "2") conflicts += 1;
  }
  return { accepted, duplicates: digits.length - accepted, conflicts };
}
