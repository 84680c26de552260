import type { ProducerSettings } from "@taskpulse/contract";
import { countOf } from "@taskpulse/ui";
import { hasEnded } from "./followed-batch.ts";
import type { PageView } from "./page-model.ts";
import { troubleWords } from "./trouble-words.ts";

/** What is read out when it changes: states, not the numbers that move all the time. */
export function spokenState(view: PageView, settings: ProducerSettings): string {
  const { batch, connection } = view;
  if (connection.kind === "signed-out") return "You are signed out.";
  if (connection.kind === "away") return "The store is away.";
  if (batch === null) return "";
  if (connection.kind === "reconnecting") return "Connection lost, reconnecting.";
  const trouble = troubleWords(view, settings);
  const { state, total, delivered, failed } = batch;
  if (hasEnded(batch)) {
    const end = state === "done" ? "done" : "cancelled";
    return `Batch ${end}: ${countOf(delivered, "task")} delivered, ${failed} undelivered.`;
  }
  if (trouble !== null) return trouble.title;
  return state === "paused" ? "Batch paused." : `Batch of ${countOf(total, "task")} is being sent.`;
}
