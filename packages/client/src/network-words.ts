const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "closed the connection before an answer",
  EPIPE: "closed the connection before an answer",
  UND_ERR_SOCKET: "closed the connection before an answer",
  ENOTFOUND: "has a host name that is not known",
  EAI_AGAIN: "has a host name that could not be looked up",
  EHOSTUNREACH: "is on a host that can't be reached",
  ENETUNREACH: "is on a network that can't be reached",
  ETIMEDOUT: "took no connection in time",
  UND_ERR_CONNECT_TIMEOUT: "took no connection in time",
};
const MAX_CAUSES = 5;

/** Why a `fetch` failed, to read on from "Taskpulse at … ": it wraps the reason in causes. */
export function reasonOf(failure: unknown): string {
  let error = failure;
  for (let depth = 0; depth < MAX_CAUSES && error instanceof Error; depth++) {
    const words = "code" in error ? WORDS[String(error.code)] : undefined;
    if (words !== undefined) return words;
    // IPv6 and IPv4 are tried in turn, and both failures are in one error.
    const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
    if (inner === undefined) return `could not be asked: ${error.message}`;
    error = inner;
  }
  return `could not be asked: ${error instanceof Error ? error.message : String(error)}`;
}
