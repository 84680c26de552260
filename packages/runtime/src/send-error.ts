import { ERROR_CODES, type ErrorCode, errorBody, type FieldError } from "@taskpulse/contract";
import type { FastifyReply } from "fastify";

/** Sends one of the known errors; `reason` is one clear sentence for the caller. */
export function sendError(
  reply: FastifyReply,
  code: ErrorCode,
  reason: string,
  errors?: FieldError[],
): FastifyReply {
  return reply.code(ERROR_CODES[code].status).send(errorBody(code, reason, errors));
}

/** How many fields the sentence names; `errors` has all. */
const MOST_NAMED = 3;

/** Refuses a request for its parameters or fields; what is wrong with them reads on from their names. */
export function sendFieldErrors(reply: FastifyReply, errors: FieldError[]): FastifyReply {
  const named = errors
    .slice(0, MOST_NAMED)
    .map(({ path, message }) => `${path === "" ? "The body" : path} ${message}`);
  const more = errors.length - named.length;
  const rest = more > 0 ? [`${more} more`] : [];
  return sendError(reply, "invalid_request", `${[...named, ...rest].join("; ")}.`, errors);
}
