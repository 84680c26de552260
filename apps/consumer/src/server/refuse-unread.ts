import { ERROR_CODES, type ErrorCode, errorBody } from "@taskpulse/contract";
import { sendError } from "@taskpulse/runtime";
import type { FastifyReply } from "fastify";
import { declaredLength } from "./body-reader.ts";

/** A rest of at most this size is read and dropped, and the connection stays. */
const SMALL_BYTES = 65_536;
/** How much, and for how long, is read and dropped before the connection ends. */
const DRAIN_BYTES = 8_388_608;
const DRAIN_MS = 2_000;

/**
 * Refuses a request whose body has not been read to its end. A server that closes while bytes are
 * still coming makes the client's system throw the answer away (RFC 9112, section 9.6): so the
 * answer goes out at once and whole, and the connection ends when the client has stopped sending,
 * or after a while.
 */
export function refuseUnread(reply: FastifyReply, code: ErrorCode, reason: string): void {
  const message = reply.request.raw;
  const length = declaredLength(message);
  if (message.complete || (length !== null && length <= SMALL_BYTES)) {
    // Node.js drops what still comes.
    sendError(reply, code, reason);
    return;
  }
  const body = Buffer.from(JSON.stringify(errorBody(code, reason)));
  const { raw } = reply.code(ERROR_CODES[code].status).hijack();
  raw.writeHead(reply.statusCode, {
    ...definedHeaders(reply),
    connection: "close",
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
  });
  raw.write(body);

  let left = DRAIN_BYTES;
  const drop = (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) end();
  };
  const end = () => {
    clearTimeout(limit);
    message.off("data", drop);
    message.off("end", end);
    message.off("close", end);
    raw.end();
  };
  const limit = setTimeout(end, DRAIN_MS);
  message.on("data", drop);
  message.on("end", end);
  message.on("close", end);
}

function definedHeaders(reply: FastifyReply): Record<string, string | number | string[]> {
  const headers: Record<string, string | number | string[]> = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
