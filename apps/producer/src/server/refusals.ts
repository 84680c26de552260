import { type StoreAnswer, sendError } from "@taskpulse/runtime";
import type { BatchChange, BatchCommand } from "@taskpulse/store";
import type { FastifyReply } from "fastify";

/** Sends the refusal when the store could not answer. */
export function known<T>(
  reply: FastifyReply,
  answer: StoreAnswer<T>,
): answer is { kind: "answered"; value: T } {
  switch (answer.kind) {
    case "answered":
      return true;
    case "unavailable":
      sendError(
        reply.header("retry-after", "1"),
        "store_unavailable",
        "Redis can't be reached right now; try again in a second.",
      );
      return false;
    case "full":
      sendError(
        reply.header("retry-after", "10"),
        "store_full",
        "Redis has reached its memory limit; make room or raise REDIS_MAXMEMORY.",
      );
      return false;
    default:
      return answer satisfies never;
  }
}

/** Sends the refusal when the command could not be carried out. */
export function accepted(
  reply: FastifyReply,
  batchid: string,
  command: BatchCommand,
  change: BatchChange,
): boolean {
  switch (change.kind) {
    case "changed":
      return true;
    case "unknown":
      sendError(reply, "not_found", `There is no batch ${batchid}.`);
      return false;
    case "refused":
      sendError(
        reply,
        "batch_ended",
        command === "retry" && change.state !== "cancelled"
          ? "No task of this batch is undelivered, so there is nothing to send again."
          : `This batch is ${change.state}, so it can't ${command}.`,
      );
      return false;
    default:
      return change satisfies never;
  }
}
