import type { ProducerSettings } from "@taskpulse/contract";
import { hasEnded, type PageView } from "./page-model.ts";

/** Why lines are red, and what to do; null when the newest one is not. */
export function troubleWords(
  { trouble, batch }: PageView,
  { receiverUrl }: ProducerSettings,
): { title: string; means: string } | null {
  if (trouble === null || batch === null) return null;
  const { status, reason = "no reason given", retryInMs } = trouble;
  if (hasEnded(batch)) {
    if (batch.failed === 0) return null;
    const title =
      status === null
        ? `Nothing answered at ${receiverUrl}: ${reason}.`
        : `${receiverUrl} answered ${status}: ${withoutEnd(reason)}.`;
    return { title, means: "When that is mended, send the undelivered again." };
  }
  if (status === null) {
    return {
      title: `Nothing answers at ${receiverUrl}: ${reason}.`,
      means: "Start the consumer; sending goes on by itself.",
    };
  }
  return retryInMs === undefined
    ? {
        title: `${receiverUrl} refuses tasks with ${status}: ${withoutEnd(reason)}.`,
        means: "They count as undelivered at once, as sending them again would change nothing.",
      }
    : {
        title: `${receiverUrl} answers ${status}: ${withoutEnd(reason)}.`,
        means: "The tasks are sent again, each time a little later; sending goes on by itself.",
      };
}

function withoutEnd(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
