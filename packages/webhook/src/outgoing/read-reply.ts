import { mayLoseDigits, parseExact, type TaskError } from "@taskpulse/contract";

export type EndpointReply =
  | { kind: "success"; retval: unknown }
  | { kind: "failure"; error: TaskError };

/** How deep a `retval` may be nested: whoever reads it later may recurse. */
const MAX_DEPTH = 100;
/** Of a reason, in characters; the whole reply is kept beside it. */
const MAX_REASON = 2_000;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the body of a callback task's reply: `{"status": "success", "retval": …}` or
 * `{"status": "failure", "reason": …}`, JSON in UTF-8, whatever its media type says. Numbers of `retval`
 * keep their digits as `parseExact` keeps them. Other fields mean nothing.
 */
export function readReply(body: Uint8Array): EndpointReply {
  if (body.length === 0) return invalid("empty response");
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return invalid("the reply is not valid UTF-8");
  }
  let reply: unknown;
  try {
    reply = JSON.parse(text);
  } catch (error) {
    return invalid(
      `the reply is not JSON: ${error instanceof Error ? error.message : "unreadable"}`,
    );
  }
  if (typeof reply !== "object" || reply === null || Array.isArray(reply)) {
    return invalid("the reply is not a JSON object");
  }
  if (isDeeperThan(MAX_DEPTH, reply)) {
    return invalid(`the reply is nested deeper than ${MAX_DEPTH} levels`);
  }
  return judge(mayLoseDigits(text) ? (parseExact(text) as object) : reply);
}

function judge(reply: { status?: unknown; retval?: unknown; reason?: unknown }): EndpointReply {
  const { status, retval, reason } = reply;
  switch (status) {
    case undefined:
      return invalid('the reply has no "status"');
    case "success":
      return retval === undefined
        ? invalid('the reply has no "retval"')
        : { kind: "success", retval };
    case "failure":
      return failure("RemoteError", textOf(reason ?? "the endpoint gave no reason"));
    default:
      return failure("UnknownStatus", `unknown status: ${textOf(status)}`);
  }
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= MAX_REASON ? text : `${text.slice(0, MAX_REASON)}…`;
}

function invalid(message: string): EndpointReply {
  return failure("InvalidResponse", message);
}

function failure(type: TaskError["type"], message: string): EndpointReply {
  return { kind: "failure", error: { type, message } };
}

function isDeeperThan(levels: number, value: object): boolean {
  if (levels === 0) return true;
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null && isDeeperThan(levels - 1, inner)) return true;
  }
  return false;
}
