import { type IncomingMessage, ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ERROR_CODES, type ErrorCode, errorBody } from "@taskpulse/contract";

const JSON_TYPE = "application/json; charset=utf-8";
/** How long a refused client may take to read the answer and close. */
const LINGER_MS = 1_000;

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
 * is no reply object for it. A client that still sends gets a moment to read the answer (RFC 9112,
 * section 9.6). Answers to whole requests that came before on the same connection go out first:
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
  socket.end(answer(...(UNREADABLE[error.code ?? ""] ?? NO_HTTP)));
  const limit = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(limit));
}

/** For `Expect` with anything but `100-continue`, which no route will see (RFC 9110, section 10.1.1). */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const code = "expectation_failed";
  const body = JSON.stringify(errorBody(code, "Only Expect: 100-continue can be met here."));
  response.writeHead(ERROR_CODES[code].status, {
    // A body that may still come belongs to a request that has been answered.
    connection: "close",
    "content-type": JSON_TYPE,
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

/** Node.js has no public name for it, and asks the same before it answers by itself. */
function responseUnderWay(socket: Duplex): ServerResponse | null {
  const message: unknown = Reflect.get(socket, "_httpMessage");
  return message instanceof ServerResponse ? message : null;
}

function answer(code: ErrorCode, reason: string): string {
  const { status } = ERROR_CODES[code];
  const body = JSON.stringify(errorBody(code, reason));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
