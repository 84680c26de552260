import type { ResultPayload } from "@taskpulse/contract";
import type { NewDelivery } from "./delivery-create.ts";
import { deliveryRequest } from "./delivery-request.ts";
import type { SubscriptionRecord } from "./subscription-store.ts";

/**
 * What is sent to a subscription when somebody asks for a test: of the same shape as any other, with
 * values that are nobody's.
 *
 * @param name makes it another delivery than the last test: `[a-z0-9]`
 */
export function testDelivery(
  subscriptionid: string,
  { request }: SubscriptionRecord,
  name: string,
  nowMs: number,
): NewDelivery {
  const at = new Date(nowMs).toISOString();
  const payload: ResultPayload = {
    id: `test${"0".repeat(22)}`,
    status: "finished",
    event_type: "webhook.test",
    timestamp: at,
    started_at: at,
    ended_at: at,
    duration: 0,
    attempts: 1,
    result: { type: "success", retval: null, error: null },
    task: { batchid: "test", id: 0, owner: "Taskpulse", priority: "Low" },
  };
  const deliveryid = `${subscriptionid}-test-${name}`;
  return {
    ...{ deliveryid, event: payload.event_type, taskid: "", round: 0, subscriptionid },
    request: deliveryRequest(request, request.caller),
    body: { bodyid: deliveryid, text: JSON.stringify(payload) },
  };
}
