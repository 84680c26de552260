import { type Answered, type ApiRequest, type Connection, isBusy } from "./connection.ts";
import { Unreachable } from "./errors.ts";
import type { Patience } from "./patience.ts";
import { jittered, pause } from "./pause.ts";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const LONGEST_TRY_MS = 15_000;

/**
 * Sends a request again while nothing answers or Taskpulse is busy, after 0.2 s and then twice as
 * long each time up to 10 s, and never sooner than `Retry-After` says. What it gives back at the end
 * may still be "busy".
 *
 * @param request is made anew for each try, as a signature tells the time of it
 * @throws Unreachable when the last try had no answer; the reason of `signal`
 */
export async function sendUntilTaken(
  connection: Connection,
  request: () => Omit<ApiRequest, "timeoutMs" | "signal">,
  { timeoutMs, signal }: Patience,
): Promise<Answered> {
  const endsAt = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const leftMs = Math.max(1, endsAt - performance.now());
    const tryMs = Math.ceil(Math.min(leftMs, LONGEST_TRY_MS));
    const answer = await connection.call({ ...request(), timeoutMs: tryMs, signal });
    if (answer.kind === "answered" && !isBusy(answer)) return answer;
    const askedMs = answer.kind === "answered" ? (answer.retryAfterMs ?? 0) : 0;
    const nextMs = Math.max(jittered(pauseMs), askedMs);
    if (performance.now() + nextMs >= endsAt) {
      if (answer.kind === "answered") return answer;
      const message = `Taskpulse at ${connection.base} ${answer.reason}`;
      throw new Unreachable(message, { cause: answer.cause });
    }
    await pause(nextMs, signal);
  }
}
