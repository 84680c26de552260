import type { Notices } from "@taskpulse/runtime";
import { type ClaimedDelivery, endpointOf, type FinishOutcome } from "@taskpulse/store";
import type { TryResult } from "./judge-try.ts";

/** Warns the operator of what failed, in a number of lines that receivers can't choose. */
export function tellOutcome(
  notices: Notices,
  { request }: ClaimedDelivery,
  result: TryResult,
  { state, news }: Extract<FinishOutcome, { kind: "recorded" }>,
): void {
  const { address } = endpointOf(request.url);
  const told = (reason: string, sentence: string) => notices.tell(reason, sentence, address);
  if (state === "failed") {
    told("webhook_failed", "result webhooks failed for good; they can be replayed");
  } else if (result.kind !== "delivered") {
    told("webhook_retried", "tries to deliver result webhooks failed; they are repeated");
  }
  switch (news) {
    case "opened":
    case "originOpened":
      told("webhook_circuit_opened", "result webhooks wait: their address fails again and again");
      break;
    case "gone":
      told("webhook_gone", "an address answered 410: it gets no more webhooks of tasks");
      break;
    case "disabled":
      told("subscription_disabled", "a subscription was disabled: its address answered 410");
      break;
    case "closed":
    case null:
      break;
    default:
      news satisfies never;
  }
}
