import { type Answered, readErrorAnswer } from "./connection.ts";
import { type FieldError, RequestFailed, TaskNotFound, TaskRefused } from "./errors.ts";

const SHOWN_FIELDS = 10;

/**
 * The error for an answer that is not what was asked for.
 *
 * @param doing what was attempted, to read on from "… was refused": `the task`
 * @param firstIndex which task of the program's own array the request's first one is
 */
export function refusal(
  base: string,
  doing: string,
  { status, body }: Answered,
  firstIndex = 0,
): RequestFailed {
  const { reason, code, errors: own } = readErrorAnswer(body);
  if (code === null) return new RequestFailed(foreign(base, doing, status), { status, code });
  const errors = firstIndex === 0 ? own : own.map((error) => moved(error, firstIndex));
  const why = errors.length > 0 ? inWords(errors) : (reason ?? `HTTP ${status}`);
  if (status === 400 || status === 422) {
    return new TaskRefused(`${doing} was refused: ${why}`, { status, code, errors });
  }
  if (status === 404) return new TaskNotFound(why, { status, code });
  return new RequestFailed(`${doing} was refused: ${why}`, { status, code });
}

/** Something answers there, but not as Taskpulse does: a proxy, or another program. */
function foreign(base: string, doing: string, status: number): string {
  const moved = status >= 300 && status < 400 ? ", a redirect, which is not followed" : "";
  return `${doing} was not taken: ${base} answered with HTTP ${status}${moved}, and not as Taskpulse does`;
}

function moved({ path, message }: FieldError, by: number): FieldError {
  return { path: path.replace(/^\d+/, (index) => String(Number(index) + by)), message };
}

function inWords(errors: readonly FieldError[]): string {
  const shown = errors
    .slice(0, SHOWN_FIELDS)
    .map(({ path, message }) => (path === "" ? message : `${path} ${message}`));
  const more = errors.length - shown.length;
  return `${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
