import { MAX_DELIVERY_TRIES, type ProducerSettings } from "@taskpulse/contract";
import { visibleText } from "@taskpulse/ui";
import { hasEnded } from "./followed-batch.ts";
import type { PageView } from "./page-model.ts";

export interface TroubleWords {
  /** What is wrong. */
  title: string;
  /** What it means and what to do. */
  means: string;
  /** The reader has to sign in first. */
  signIn?: boolean;
}

/** Why nothing moves, or lines are red, and what to do; null when all is well. */
export function troubleWords(
  { trouble, batch, connection }: Pick<PageView, "trouble" | "batch" | "connection">,
  { receiverUrl }: Pick<ProducerSettings, "receiverUrl">,
): TroubleWords | null {
  if (connection.kind === "signed-out") {
    return {
      title: "You are signed out",
      means:
        "Batches go on all the same. The page goes on by itself once you have signed in, here or in another tab.",
      signIn: true,
    };
  }
  if (connection.kind === "away") {
    return {
      title: "The store is away",
      means:
        "Batches wait and go on by themselves once Redis answers; nothing that was accepted is lost.",
    };
  }
  if (trouble === null || batch === null) return null;
  const { status, retryInMs } = trouble;
  const reason = visibleText(trouble.reason ?? "no reason given");
  const full = status === 503 && /store is full/i.test(reason);
  const title = full
    ? `The receiver's store is full: ${receiverUrl} answers 503`
    : status === null
      ? `Nothing answers at ${receiverUrl}: ${withoutEnd(reason)}`
      : `${receiverUrl} answers ${status}: ${withoutEnd(reason)}`;
  if (hasEnded(batch)) {
    if (batch.failed === 0) return null;
    return {
      title: title.replace(" answers", " answered"),
      means: `${full ? "Make room or raise REDIS_MAXMEMORY" : "Mend that"}, then send the undelivered again.`,
    };
  }
  if (retryInMs === undefined) {
    return {
      title,
      means: `After ${MAX_DELIVERY_TRIES} tries a task counts as undelivered; it can be sent again from here when that is mended.`,
    };
  }
  if (full) {
    return {
      title,
      means: `What was acknowledged is kept, and sending goes on by itself when there is room: make some, or raise REDIS_MAXMEMORY. After ${MAX_DELIVERY_TRIES} tries a task counts as undelivered and can be sent again from here.`,
    };
  }
  return status === null
    ? { title, means: "Start the consumer; sending goes on by itself." }
    : {
        title,
        means: "The tasks are sent again, each time a little later; sending goes on by itself.",
      };
}

function withoutEnd(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
