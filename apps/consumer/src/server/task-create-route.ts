import { randomUUID } from "node:crypto";
import { readIdempotencyKey, sendError, sendFieldErrors, uuidOf } from "@taskpulse/runtime";
import type { FastifyInstance } from "fastify";
import { countDigits, refuseUnstored, type TakenCounts } from "./ingest-answer.ts";
import { type Incoming, incomingTasks } from "./intake.ts";
import { KEY_REUSED, type KeyedIntake } from "./keyed-intake.ts";
import { parseTasks } from "./parse-tasks.ts";
import { acceptBytes, jsonBody } from "./raw-body.ts";
import { createDocs } from "./task-docs.ts";

const PATH = "/api/tasks";
/** The batch of tasks that name none. */
const BATCHID = "api";

export interface TaskCreateOptions {
  intake: KeyedIntake;
  onDurable: (numbers: TakenCounts) => void;
}

/**
 * `POST /api/tasks`: one task, or an array of 1 to 1,000, whose `batchid` and `id` may be left out.
 * 202 goes out only after they are durable. As for incoming webhooks, an identity that is known stays as it is.
 */
export function addTaskCreateRoute(
  app: FastifyInstance,
  { intake, onDurable }: TaskCreateOptions,
): void {
  void app.register(async (scope) => {
    acceptBytes(scope);
    scope.post(PATH, { config: { docs: createDocs } }, async (request, reply) => {
      const named = readIdempotencyKey(request.headers["idempotency-key"]);
      if (named.kind === "invalid") return sendFieldErrors(reply, named.errors);
      const key = named.value;
      const body = jsonBody(reply);
      if (body === null) return reply;
      const completion = new Completion(key);
      const parsed = parseTasks(body, (sent, index) => completion.complete(sent, index));
      switch (parsed.kind) {
        case "notJson":
          return sendError(reply, "invalid_json", parsed.reason);
        case "notTasks":
          return sendError(reply, "invalid_task", parsed.reason, parsed.errors);
        case "tasks": {
          const incoming = incomingTasks(parsed);
          const { madeIds } = completion;
          const outcome = await intake.take({ scope: PATH, key, incoming, madeIds });
          if (outcome.kind === "keyReused") {
            return sendError(reply, "idempotency_key_reused", KEY_REUSED);
          }
          if (outcome.kind !== "durable") return refuseUnstored(reply, outcome);
          const counts = countDigits(outcome.digits);
          onDurable(counts);
          const [first] = incoming.encoded;
          if (!parsed.many) reply.header("location", `${PATH}/${first?.taskid}`);
          return reply.code(202).send(answerOf(incoming, counts, key));
        }
        default:
          return parsed satisfies never;
      }
    });
  });
}

/** Gives tasks the identity that their sender left out. */
class Completion {
  readonly #key: string | null;
  readonly #ids = new Map<number, string>();

  constructor(key: string | null) {
    this.#key = key;
  }

  /** The places of the tasks whose `id` was made here. */
  get madeIds(): ReadonlySet<number> {
    return new Set(this.#ids.keys());
  }

  complete(sent: object, index: number): void {
    if (!Object.hasOwn(sent, "batchid")) Reflect.set(sent, "batchid", BATCHID);
    if (!Object.hasOwn(sent, "id")) Reflect.set(sent, "id", this.#idOf(index));
  }

  #idOf(index: number): string {
    const known = this.#ids.get(index);
    if (known !== undefined) return known;
    const id = this.#key === null ? randomUUID() : uuidOf(`${index} ${this.#key}`);
    this.#ids.set(index, id);
    return id;
  }
}

/** The same request under the same key gets the same answer; without one, it is told what was known. */
function answerOf({ encoded, many }: Incoming, counts: TakenCounts, key: string | null): object {
  const { duplicates, conflicts } = counts;
  const taskids = encoded.map(({ taskid }) => taskid);
  const known = key === null && duplicates > 0;
  return many
    ? {
        taskids,
        ...(known ? { duplicates } : {}),
        ...(conflicts > 0 ? { conflicts } : {}),
      }
    : {
        taskid: taskids[0],
        ...(known ? { duplicate: true } : {}),
        ...(conflicts > 0 ? { conflict: true } : {}),
      };
}
