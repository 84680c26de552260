import type { ServeOptions } from "./serve-options.ts";
import type { TaskCall } from "./task-call.ts";

/** As much of a reason as Taskpulse keeps. */
const MAX_REASON_CHARS = 2_000;

/** What the caller is told of an error: its message, unless `onError` has other words. Never throws. */
export function failureReason(
  onError: ServeOptions["onError"],
  error: unknown,
  call: TaskCall,
): string {
  let words: unknown;
  try {
    words = onError?.(error, call);
  } catch {
    // Whoever only logs must not change the answer.
  }
  // Nor end the process.
  if (words instanceof Promise) words.catch(() => {});
  return (typeof words === "string" ? words : messageOf(error)).slice(0, MAX_REASON_CHARS);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? error.name : error.message;
}
