/** The headers of a signed webhook (Standard Webhooks 1.0.0, "Webhook Headers"), lower case. */
export const WEBHOOK_HEADERS = {
  id: "webhook-id",
  timestamp: "webhook-timestamp",
  signature: "webhook-signature",
} as const;
