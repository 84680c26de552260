import { sendError } from "@taskpulse/runtime";
import type { FastifyReply } from "fastify";

/** How many commands may wait for Redis, and how many characters they may carry. */
const MAX_OPEN = 1_000;
const MAX_CHARS = 33_554_432;

/** Bounds what waits for Redis while it does not answer, so that it can't fill the memory. */
export class CommandRoom {
  #open = 0;
  #chars = 0;

  /** Runs the command; null when there is no room, and nothing was done. */
  run<T>(chars: number, command: () => Promise<T>): Promise<T> | null {
    if (this.#open >= MAX_OPEN || this.#chars + chars > MAX_CHARS) return null;
    this.#open += 1;
    this.#chars += chars;
    return command().finally(() => {
      this.#open -= 1;
      this.#chars -= chars;
    });
  }
}

export function refuseCommand(reply: FastifyReply): FastifyReply {
  reply.header("retry-after", "1");
  return sendError(reply, "overloaded", "Too much waits for the store; send again in a moment.");
}
