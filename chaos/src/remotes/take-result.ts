import { createHash } from "node:crypto";
import type { Journal } from "./journal.ts";

/** Addresses for results: one takes all, one refuses some. */
export const RESULT_PATHS = ["/results/ok", "/results/flaky"] as const;

const REFUSED = 0.1;

/** Notes a result webhook. @returns what it is answered with */
export function takeResult(
  path: string,
  webhookId: string,
  body: Buffer,
  journal: Journal,
): number {
  const answered = path.endsWith("/flaky") && Math.random() < REFUSED ? 503 : 200;
  const payload = JSON.parse(body.toString()) as { id: string; status: "finished" | "failed" };
  journal.write({
    ...{ kind: "told", taskid: payload.id, status: payload.status, at: Date.now() },
    ...{ webhookId, answered, hash: createHash("sha256").update(body).digest("base64") },
  });
  return answered;
}
