import { MAX_BODY_BYTES } from "@taskpulse/contract";
import { Gauge, type Registry, refuseOtherMethods, sendError } from "@taskpulse/runtime";
import {
  type CommitOutcome,
  type EncodedTask,
  encodeTask,
  type GroupCommit,
} from "@taskpulse/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BodyRead, BodyReader, declaredLength } from "./body-reader.ts";
import { IngestCounts } from "./ingest-counts.ts";
import type { CheckSignature } from "./ingest-signature.ts";
import { mediaTypeProblem } from "./media-type.ts";
import { parseTasks } from "./parse-tasks.ts";
import { refuseUnread } from "./refuse-unread.ts";

const PATH = "/consumetasks";
/** Longer ones are verified, but not kept. */
const KEPT_ID = /^[\x21-\x7e]{1,200}$/;
const MAX_HELD_BYTES = 134_217_728;
const TOO_LARGE = `The body is larger than ${MAX_BODY_BYTES} bytes.`;
const NO_ROOM = "Too many large requests are on their way; send again in a moment.";

export interface IngestOptions {
  commit: GroupCommit;
  metrics: Registry;
  checkSignature: CheckSignature;
  /** How much the bodies may hold that have come in part, in bytes. */
  maxHeldBytes?: number | undefined;
}

/**
 * `POST /consumetasks`. Checks in the order of the contract: method, size, media type, signature,
 * JSON, schema; the answer goes out only after the tasks are durable.
 */
export function addIngestRoute(app: FastifyInstance, options: IngestOptions): void {
  const { commit, metrics, checkSignature, maxHeldBytes = MAX_HELD_BYTES } = options;
  const counts = new IngestCounts(metrics);
  const bodies = new BodyReader({ maxBodyBytes: MAX_BODY_BYTES, maxHeldBytes });
  new Gauge({
    name: "taskpulse_ingest_held_bytes",
    help: "What the bodies hold that have come in part; above a limit, requests are turned away.",
    registers: [metrics],
    collect() {
      this.set(bodies.heldBytes);
    },
  });

  void app.register(async (scope) => {
    scope.addHook("onResponse", (_request, reply, done) => {
      counts.answered(reply.statusCode);
      done();
    });
    scope.route({
      method: "POST",
      url: PATH,
      config: { access: "open" },
      // Answers by itself, before Fastify looks at the body: what is refused must not be read first.
      onRequest: (request, reply, _done) => receive(request, reply),
      handler: () => undefined,
    });
    refuseOtherMethods(scope, PATH, ["POST"]);
  });

  function receive(request: FastifyRequest, reply: FastifyReply): void {
    if ((declaredLength(request.raw) ?? 0) > MAX_BODY_BYTES) {
      refuseUnread(reply, "body_too_large", TOO_LARGE);
      return;
    }
    bodies.read(request.raw, (read) => {
      take(request, reply, read).catch((error) => reply.send(error));
    });
  }

  async function take(request: FastifyRequest, reply: FastifyReply, read: BodyRead): Promise<void> {
    switch (read.kind) {
      case "broken":
        reply.hijack();
        return;
      case "tooLarge":
        return refuseUnread(reply, "body_too_large", TOO_LARGE);
      case "noRoom":
        reply.header("retry-after", "1");
        return refuseUnread(reply, "overloaded", NO_ROOM);
      case "whole": {
        const encoded = examine(request, reply, read.body);
        if (encoded === null) return;
        const outcome = await commit.add(encoded);
        answer(reply, outcome, encoded);
        return;
      }
      default:
        return read satisfies never;
    }
  }

  /** Null when the request was refused. */
  function examine(
    { headers }: FastifyRequest,
    reply: FastifyReply,
    body: Buffer,
  ): EncodedTask[] | null {
    const problem = mediaTypeProblem(headers);
    if (problem !== null) {
      sendError(reply, "unsupported_media_type", problem);
      return null;
    }
    const signature = checkSignature(headers, body);
    if (signature.kind === "refused") {
      sendError(reply, signature.code, signature.reason);
      return null;
    }
    const parsed = parseTasks(body);
    switch (parsed.kind) {
      case "notJson":
        sendError(reply, "invalid_json", parsed.reason);
        return null;
      case "notTasks":
        sendError(reply, "invalid_task", parsed.reason, parsed.errors);
        return null;
      case "tasks": {
        // What nobody vouches for is not kept.
        const id = signature.kind === "signed" ? signature.webhookId : "";
        const webhookId = KEPT_ID.test(id) ? id : "";
        return parsed.tasks.map((task) => encodeTask(task, webhookId));
      }
      default:
        return parsed satisfies never;
    }
  }

  function answer(
    reply: FastifyReply,
    outcome: CommitOutcome,
    encoded: readonly EncodedTask[],
  ): FastifyReply {
    if (outcome.kind !== "durable") return refuse(reply, outcome);
    const numbers = countDigits(outcome.digits);
    counts.taken(numbers);
    const taskids = encoded.map((task) => task.taskid);
    return reply
      .type("application/json; charset=utf-8")
      .send(JSON.stringify({ status: "success", retval: { ...numbers, taskids } }));
  }
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

function countDigits(digits: string): { accepted: number; duplicates: number; conflicts: number } {
  let accepted = 0;
  let conflicts = 0;
  for (const digit of digits) {
    if (digit === "0") accepted += 1;
    else if (digit === "2") conflicts += 1;
  }
  return { accepted, duplicates: digits.length - accepted, conflicts };
}
