import { setTimeout as sleep } from "node:timers/promises";
import type { CallNote, Journal } from "./journal.ts";

const ANSWER_LIMIT_MS = 3_000;
const PAUSE_MS = 100;
const LIMIT_MS = 30_000;
/** Why tasks fail. */
export const REASON = "the script says so";

/** Reports how a task ended, as a good remote does: again and again, until somebody takes or refuses it. */
export async function insistOnReport({
  url,
  call: { taskid, round, attempt },
  event,
  journal,
}: {
  url: string;
  call: CallNote;
  event: "task_completed" | "task_failed";
  journal: Journal;
}): Promise<void> {
  const said =
    event === "task_completed" ? { retval: { taskid, round, attempt } } : { reason: REASON };
  const body = JSON.stringify({ event, task_id: taskid, ...said });
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      const answer = await response.text();
      const { status } = response;
      if (status < 500 && status !== 429) {
        const at = Date.now();
        journal.write({ kind: "reported", taskid, round, attempt, at, event, status, answer });
        return;
      }
    } catch {
      // Nobody is there, or nobody has answered in time.
    }
    await sleep(PAUSE_MS);
  }
}
