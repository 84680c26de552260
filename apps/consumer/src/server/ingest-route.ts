import { sendError } from "@taskpulse/runtime";
import type { FastifyInstance } from "fastify";
import type { IncomingWebhooks, WholeRequest } from "./incoming-webhooks.ts";
import { answerOutcome } from "./ingest-answer.ts";
import type { IngestCounts } from "./ingest-counts.ts";
import { ingestDocs } from "./ingest-docs.ts";
import { type Incoming, type Intake, incomingTasks } from "./intake.ts";
import { parseTasks } from "./parse-tasks.ts";

const PATH = "/consumetasks";

export interface IngestOptions {
  incoming: IncomingWebhooks;
  intake: Intake;
  counts: IngestCounts;
}

/**
 * `POST /consumetasks`. Checks in the order of the contract, JSON and schema being the last; the answer
 * goes out only after the tasks are durable.
 */
export function addIngestRoute(app: FastifyInstance, options: IngestOptions): void {
  const { incoming, intake, counts } = options;
  const countTaken = counts.taken.bind(counts);

  incoming.addRoute(app, {
    path: PATH,
    docs: ingestDocs,
    onAnswered: counts.answered.bind(counts),
    async take(request) {
      const tasks = examine(request);
      if (tasks !== null) {
        answerOutcome(request.reply, await intake.add(tasks), tasks, countTaken);
      }
    },
  });

  /** Null when the request was refused. */
  function examine(request: WholeRequest): Incoming | null {
    if (!incoming.isJson(request)) return null;
    const webhookId = incoming.checkSender(request);
    if (webhookId === null) return null;

    const { body, reply } = request;
    const parsed = parseTasks(body);
    switch (parsed.kind) {
      case "notJson":
        sendError(reply, "invalid_json", parsed.reason);
        return null;
      case "notTasks":
        sendError(reply, "invalid_task", parsed.reason, parsed.errors);
        return null;
      case "tasks":
        return incomingTasks(parsed, webhookId);
      default:
        return parsed satisfies never;
    }
  }
}
