import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ERROR_CODES, type ErrorCode, errorBody } from "@taskpulse/contract";

const JSON_TYPE = "application/json; charset=utf-8";
/** How long a refused client may take to read the answer and close. */
const LINGER_MS = 1_000;

/**
 * Answers on a socket for which there is no reply object, and ends the connection. A client that
 * still sends gets a moment to read the answer (RFC 9112, section 9.6).
 */
export function endWithError(socket: Duplex, code: ErrorCode, reason: string): void {
  const { status } = ERROR_CODES[code];
  const body = JSON.stringify(errorBody(code, reason));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Connection: close",
      `Content-Type: ${JSON_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
  const limit = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(limit));
}

/** Answers a request that no route will see; the connection ends with it. */
export function answerWithError(response: ServerResponse, code: ErrorCode, reason: string): void {
  const body = JSON.stringify(errorBody(code, reason));
  response.writeHead(ERROR_CODES[code].status, {
    // A body that may still come belongs to a request that has been answered.
    connection: "close",
    "content-type": JSON_TYPE,
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
