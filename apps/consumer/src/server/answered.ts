import { askStore, type StoreAnswer, sendError } from "@taskpulse/runtime";
import type { FastifyReply } from "fastify";

/** Sends the refusal when the store could not answer. */
export function answered<T>(
  reply: FastifyReply,
  answer: StoreAnswer<T>,
): answer is { kind: "answered"; value: T } {
  reply.header("cache-control", "no-store");
  switch (answer.kind) {
    case "answered":
      return true;
    case "unavailable":
      sendError(
        reply.header("retry-after", "1"),
        "store_unavailable",
        "The store can't be reached now; try again in a moment.",
      );
      return false;
    case "full":
      sendError(
        reply.header("retry-after", "10"),
        "store_full",
        "The store is full; nothing is forgotten to make room.",
      );
      return false;
    default:
      return answer satisfies never;
  }
}

/** Answers with what the store says, or says why it does not. */
export async function fromStore<T>(
  reply: FastifyReply,
  read: () => Promise<T>,
): Promise<T | FastifyReply> {
  const answer = await askStore(read);
  return answered(reply, answer) ? answer.value : reply;
}
