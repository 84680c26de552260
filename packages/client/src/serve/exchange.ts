/** A request to the endpoint, whatever framework it came through. */
export interface Incoming {
  /** In capitals. */
  readonly method: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  readonly signal: AbortSignal;
  header(name: string): string | null;
  /** Null when it is larger than `limit` bytes. */
  body(limit: number): Promise<Uint8Array | null>;
}

export interface Outgoing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null with HEAD, and where there is nothing to say. */
  readonly body: string | null;
}

/** The reply format of callback tasks. */
type Reply = { status: "success"; retval: unknown } | { status: "failure"; reason: string };

/** @throws what `JSON.stringify` throws */
export function taskSuccess(method: string, retval: unknown): Outgoing {
  // A reply without retval is none; JSON has no undefined.
  return answer(method, 200, { status: "success", retval: retval ?? null });
}

/**
 * A failure of the task itself is HTTP 200, so that its reason is read. HEAD has no body to tell it:
 * there it is a 500.
 */
export function taskFailure(method: string, reason: string): Outgoing {
  return answer(method, method === "HEAD" ? 500 : 200, { status: "failure", reason });
}

/** The request can't be understood, or is not let in. */
export function refused(
  method: string,
  status: number,
  reason: string,
  headers?: Readonly<Record<string, string>>,
): Outgoing {
  return answer(method, status, { status: "failure", reason }, headers);
}

/** The outcome is reported later. */
export function accepted(): Outgoing {
  return { status: 202, headers: { "cache-control": "no-store" }, body: null };
}

function answer(
  method: string,
  status: number,
  reply: Reply,
  headers: Readonly<Record<string, string>> = {},
): Outgoing {
  const body = JSON.stringify(reply);
  return {
    status,
    headers: {
      "cache-control": "no-store",
      "content-type": "application/json; charset=utf-8",
      ...headers,
    },
    body: method === "HEAD" ? null : body,
  };
}
