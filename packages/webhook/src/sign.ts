import { createHmac } from "node:crypto";
import { WEBHOOK_HEADERS } from "@taskpulse/contract";
import type { WebhookSecret } from "./secret.ts";

export interface SignInput {
  /** Names the message: the same for every try to deliver it. */
  id: string;
  /** The time of this try, ms since the epoch. */
  nowMs: number;
  /** The bytes that will be sent; a text is sent as UTF-8. */
  body: string | Uint8Array;
  /** Several while one takes another's place: each signs, and a receiver that knows one is content. */
  secret: SigningSecret;
}

export type SigningSecret = WebhookSecret | readonly [WebhookSecret, ...WebhookSecret[]];

export type SignedHeaders = Record<(typeof WEBHOOK_HEADERS)[keyof typeof WEBHOOK_HEADERS], string>;

/**
 * The three headers that sign one try (Standard Webhooks 1.0.0, scheme `v1`).
 *
 * @throws TypeError when the id is empty or no visible ASCII: such a header can't be sent
 */
export function signWebhook({ id, nowMs, body, secret }: SignInput): SignedHeaders {
  if (!/^[\x21-\x7e]+$/.test(id)) throw new TypeError("a webhook-id is visible ASCII");
  const timestamp = String(Math.floor(nowMs / 1_000));
  const secrets = "key" in secret ? [secret] : secret;
  const signatures = secrets.map((each) => `v1,${signatureOf(id, timestamp, body, each)}`);
  return {
    [WEBHOOK_HEADERS.id]: id,
    [WEBHOOK_HEADERS.timestamp]: timestamp,
    [WEBHOOK_HEADERS.signature]: signatures.join(" "),
  };
}

/** HMAC-SHA256 over `id.timestamp.body`, in base64. */
export function signatureOf(
  id: string,
  timestamp: string,
  body: string | Uint8Array,
  { key }: WebhookSecret,
): string {
  return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
}
