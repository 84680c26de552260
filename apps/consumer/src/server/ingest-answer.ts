import type { IngestAnswer } from "@taskpulse/contract";
import { sendError } from "@taskpulse/runtime";
import type { CommitOutcome } from "@taskpulse/store";
import type { FastifyReply } from "fastify";
import type { Incoming, StoreOutcome } from "./intake.ts";

export type TakenCounts = Omit<IngestAnswer["retval"], "taskids">;

/** Answers a request whose tasks were given to the store. */
export function answerOutcome(
  reply: FastifyReply,
  outcome: StoreOutcome,
  { encoded }: Incoming,
  onDurable: (numbers: TakenCounts) => void,
): FastifyReply {
  if (outcome.kind !== "durable") return refuseUnstored(reply, outcome);
  const numbers = countDigits(outcome.digits);
  onDurable(numbers);
  const taskids = encoded.map((task) => task.taskid);
  const answer: IngestAnswer = { status: "success", retval: { ...numbers, taskids } };
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(answer));
}

/** Answers a request whose tasks were not stored, because of themselves or of the store. */
export function refuseUnstored(
  reply: FastifyReply,
  outcome: Exclude<StoreOutcome, { kind: "durable" }>,
): FastifyReply {
  switch (outcome.kind) {
    case "notTasks":
      return sendError(reply, "invalid_task", outcome.reason, outcome.errors);
    case "noWorker":
      reply.header("retry-after", "1");
      return sendError(
        reply,
        "no_worker",
        "No worker has said yet what it can do; send again in a moment.",
      );
    default:
      return refuseCommit(reply, outcome);
  }
}

/** Answers a request whose tasks could not be stored. */
export function refuseCommit(
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

/** From the digits that the store answers, one per task. */
export function countDigits(digits: string): TakenCounts {
  let accepted = 0;
  let conflicts = 0;
  for (const digit of digits) {
    if (digit === "0") accepted += 1;
    else if (digit === "2") conflicts += 1;
  }
  return { accepted, duplicates: digits.length - accepted, conflicts };
}
