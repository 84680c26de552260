import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { ErrorCode } from "@taskpulse/contract";
import { answerWithError, endWithError } from "./bare-answer.ts";

const UNREADABLE: Record<string, [code: ErrorCode, reason: string]> = {
  HPE_HEADER_OVERFLOW: ["headers_too_large", "The headers of the request are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "The request took too long to arrive."],
};
const NO_HTTP: [code: ErrorCode, reason: string] = [
  "bad_request_line",
  "What arrived is not an HTTP request that this server reads.",
];

/** Sockets that have been told; whatever else they send is not looked at. */
const told = new WeakSet<Duplex>();

/**
 * Answers what Node.js could not read as a request, or not in time, and ends the connection; there
 * is no reply object for it. Answers to whole requests that came before on the same connection go out first:
 * a client takes answers in the order of its requests.
 */
export function refuseUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (told.has(socket)) return;
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const response = responseUnderWay(socket);
  if (response?.req.complete === true) {
    told.add(socket);
    response.once("close", () => {
      told.delete(socket);
      refuseUnreadable(error, socket);
    });
    return;
  }
  // The request has been refused already, and what its sender still had to say can't be read.
  if (response?.headersSent === true) return void response.end();
  told.add(socket);
  endWithError(socket, ...(UNREADABLE[error.code ?? ""] ?? NO_HTTP));
}

/** For `Expect` with anything but `100-continue`, which no route will see (RFC 9110, section 10.1.1). */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  answerWithError(response, "expectation_failed", "Only Expect: 100-continue can be met here.");
}

/** Node.js has no public name for it, and asks the same before it answers by itself. */
function responseUnderWay(socket: Duplex): ServerResponse | null {
  const message: unknown = Reflect.get(socket, "_httpMessage");
  return message instanceof ServerResponse ? message : null;
}
