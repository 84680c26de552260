import type { SubscriptionView } from "@taskpulse/contract";
import { deliveryRequest, publicRequest, type StoredSubscription } from "@taskpulse/store";

/** A subscription as it is shown: with all defaults, without what is secret. */
export function subscriptionView(stored: StoredSubscription): SubscriptionView {
  const { subscriptionid, request, created, secret, disabled, delivered, failed } = stored;
  const { name = null, description = null, filter = {} } = request;
  return {
    subscriptionid,
    ...{ name, description, filter },
    ...publicRequest(deliveryRequest(request, request.caller)),
    state: disabled === null ? "active" : "disabled",
    why: disabled?.why ?? null,
    created_at: isoTime(created),
    disabled_at: disabled === null ? null : isoTime(disabled.at),
    previous_secret_until: secret.previousUntil === 0 ? null : isoTime(secret.previousUntil),
    ...{ delivered, failed },
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
