import { MAX_DELIVERY_TRIES } from "@taskpulse/contract";
import { formatDuration, visibleText } from "@taskpulse/ui";
import type { Outcome } from "./outcome-list.ts";

export function isDelivered({ status, retryInMs }: Outcome): boolean {
  return retryInMs === undefined && status !== null && status >= 200 && status < 300;
}

/** What became of it, in words: colour alone tells nobody enough. */
export function outcomeWords(outcome: Outcome): string {
  const { attempts, ms, retryInMs } = outcome;
  const reason = visibleText(outcome.reason ?? "no reason given");
  if (isDelivered(outcome)) {
    return `${formatDuration(ms)}, delivered${attempts > 1 ? ` at try ${attempts}` : ""}`;
  }
  if (retryInMs !== undefined) {
    return `retrying in ${formatDuration(retryInMs)} (try ${attempts + 1} of ${MAX_DELIVERY_TRIES}): ${reason}`;
  }
  const tries = attempts === 1 ? "" : ` after ${attempts} tries`;
  return `undelivered${tries}: ${reason}`;
}
