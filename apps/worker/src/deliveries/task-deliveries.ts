import { fitsFilter, type TaskDetail } from "@taskpulse/contract";
import { deliveryRequest, type NewDelivery, type StoredSubscription } from "@taskpulse/store";
import { DEFAULT_CALLER } from "./callers.ts";
import { resultPayload } from "./result-payload.ts";

/**
 * The deliveries of a task that has ended: its own webhook's, and one for each active subscription
 * that it fits. All send the same body. Their ids follow from the task, its round and the
 * subscription, so that making them again makes none twice.
 */
export function* taskDeliveries(
  task: TaskDetail,
  subscriptions: Iterable<StoredSubscription>,
  nowMs: number,
): Generator<NewDelivery> {
  const payload = resultPayload(task, nowMs);
  if (payload === null) return;
  const { taskid, round } = task;
  const { webhook } = task.task;
  const deliveryid = `${taskid}-${round}`;
  const body = { bodyid: deliveryid, text: JSON.stringify(payload) };
  const event = payload.event_type;
  if (webhook !== undefined) {
    const request = deliveryRequest(webhook, webhook.name ?? DEFAULT_CALLER);
    yield { deliveryid, event, taskid, round, subscriptionid: "", request, body };
  }
  const { batchid, owner, priority } = task.task;
  const ending = { batchid, owner, priority, status: payload.status };
  for (const { subscriptionid, request: asked, disabled } of subscriptions) {
    if (disabled !== null || !fitsFilter(asked.filter ?? {}, ending)) continue;
    yield {
      ...{ deliveryid: `${deliveryid}-${subscriptionid}`, event, taskid, round, subscriptionid },
      request: deliveryRequest(asked, asked.caller ?? DEFAULT_CALLER),
      body,
    };
  }
}
