import { ERROR_CODES, type ErrorCode, errorBody } from "@taskpulse/contract";
import type { FastifyReply } from "fastify";

/** Sends one of the known errors; `reason` is one clear sentence for the caller. */
export function sendError(
  reply: FastifyReply,
  code: ErrorCode,
  reason: string,
  errors?: { path: string; message: string }[],
): FastifyReply {
  return reply.code(ERROR_CODES[code].status).send(errorBody(code, reason, errors));
}
