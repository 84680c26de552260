import type { SubscriptionFilter } from "@taskpulse/contract";

/** Whose results a subscription gets, in words. */
export function filterWords({ priority, state, owner, batchid }: SubscriptionFilter): string {
  const parts = [
    state === undefined || state.length === 2 ? "" : state[0] === "failed" ? "failed" : "succeeded",
    priority === undefined ? "" : priority.join(" or "),
    owner === undefined ? "" : `owner ${owner}`,
    batchid === undefined ? "" : `batch ${batchid}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "all results" : `results: ${parts.join(", ")}`;
}
