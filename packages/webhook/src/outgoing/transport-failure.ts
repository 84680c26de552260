import { AddressRefused } from "./guarded-connect.ts";
import type { TransportFailure } from "./outcome.ts";

/** How far a request came. */
export type Progress = "connecting" | "sent" | "replying";

const CONNECTION_WORDS: Record<string, string> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed before a whole reply",
  EPIPE: "the connection was closed before a whole reply",
  UND_ERR_SOCKET: "the connection was closed before a whole reply",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the connection was closed before a whole reply",
  ENOTFOUND: "the host name was not found",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host can't be reached",
  ENETUNREACH: "the network can't be reached",
  UND_ERR_MAX_ORIGINS_REACHED: "connections to too many hosts are open",
};

const TIMED_OUT: Record<Progress, string> = {
  connecting: "no connection",
  sent: "no reply",
  replying: "no whole reply",
};

export function timedOut(progress: Progress, timeoutMs: number): TransportFailure {
  const message = `${TIMED_OUT[progress]} within ${timeoutMs / 1_000} s`;
  return { error: { type: "Timeout", message }, retryable: true };
}

/**
 * What an error of the connection means. The words are our own: those of the system and of
 * libraries name addresses that a name led to.
 */
export function transportFailure(error: unknown): TransportFailure {
  if (error instanceof AddressRefused) {
    return { error: { type: "AddressRefused", message: error.message }, retryable: false };
  }
  const code = codeOf(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") {
    return { error: { type: "Timeout", message: "no connection in time" }, retryable: true };
  }
  if (error instanceof Error && error.name === "HTTPParserError") {
    return invalidResponse("the reply is not HTTP/1.1");
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW") {
    return invalidResponse("the headers of the reply are too large");
  }
  const message =
    CONNECTION_WORDS[code] ??
    (/CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO/.test(code)
      ? `no secure connection could be made (${code})`
      : `the connection failed${code === "" ? "" : ` (${code})`}`);
  return { error: { type: "ConnectionFailed", message }, retryable: true };
}

function invalidResponse(message: string): TransportFailure {
  return { error: { type: "InvalidResponse", message }, retryable: false };
}

function codeOf(error: unknown): string {
  // Node.js tries several addresses of a name, and reports them together.
  const inner: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const code = inner instanceof Error && "code" in inner ? inner.code : "";
  return typeof code === "string" ? code : "";
}
