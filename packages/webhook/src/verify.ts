import { timingSafeEqual } from "node:crypto";
import { WEBHOOK_HEADERS } from "@taskpulse/contract";
import type { WebhookSecret } from "./secret.ts";
import { signatureOf } from "./sign.ts";

export interface VerifyInput {
  /** Of the request, names in lower case, as `node:http` gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The bytes that arrived, untouched. */
  body: Uint8Array;
  secrets: readonly WebhookSecret[];
  nowMs: number;
  /** How far the timestamp may be from now, before or after, in seconds. */
  toleranceSeconds: number;
}

export type Verification =
  /** `secretIndex` tells which of the secrets signed it. */
  | { kind: "verified"; id: string; timestampMs: number; secretIndex: number }
  /** None of the three headers is there. */
  | { kind: "unsigned" }
  /** A header is missing, repeated, or not of its form; `reason` is one sentence. */
  | { kind: "malformed"; reason: string }
  /** Signed correctly or not: the timestamp is too far from now. `ageSeconds` below 0: in the future. */
  | { kind: "stale"; ageSeconds: number }
  /** No signature fits the body, or not with a secret that is known here. */
  | { kind: "mismatch" };

/** Rotation needs two or three; each costs a comparison. */
const MAX_SIGNATURES = 32;
const MAX_ID_LENGTH = 1_000;
const DIGITS = /^\d{1,15}$/;

/**
 * Verifies a signed webhook over its raw bytes (Standard Webhooks 1.0.0, "Verifying webhooks").
 * Signatures of other schemes than `v1` are passed over. Never throws.
 */
export function verifyWebhook(input: VerifyInput): Verification {
  const { headers, body, secrets, nowMs, toleranceSeconds } = input;
  const id = headers[WEBHOOK_HEADERS.id];
  const timestamp = headers[WEBHOOK_HEADERS.timestamp];
  const signature = headers[WEBHOOK_HEADERS.signature];
  if (id === undefined && timestamp === undefined && signature === undefined) {
    return { kind: "unsigned" };
  }
  if (typeof id !== "string" || id === "") return missing(WEBHOOK_HEADERS.id);
  if (typeof timestamp !== "string" || timestamp === "") return missing(WEBHOOK_HEADERS.timestamp);
  if (typeof signature !== "string" || signature === "") return missing(WEBHOOK_HEADERS.signature);
  if (id.length > MAX_ID_LENGTH) return malformed("webhook-id is too long");
  if (!DIGITS.test(timestamp)) {
    return malformed("webhook-timestamp must be whole seconds since 1970, digits only");
  }
  const timestampMs = Number(timestamp) * 1_000;
  const ageSeconds = (nowMs - timestampMs) / 1_000;
  // The header has whole seconds: what was signed at the end of one is not older for it.
  if (ageSeconds >= toleranceSeconds + 1 || ageSeconds < -toleranceSeconds) {
    return { kind: "stale", ageSeconds: Math.round(ageSeconds) };
  }
  const given = signature.split(" ", MAX_SIGNATURES + 1);
  if (given.length > MAX_SIGNATURES) return malformed("webhook-signature holds too many");
  const candidates = given.filter((part) => part.startsWith("v1,"));
  if (candidates.length === 0) return malformed("webhook-signature holds no v1 signature");

  for (const [secretIndex, secret] of secrets.entries()) {
    const expected = Buffer.from(`v1,${signatureOf(id, timestamp, body, secret)}`, "latin1");
    for (const candidate of candidates) {
      // The length of a signature is no secret.
      if (candidate.length !== expected.length) continue;
      if (timingSafeEqual(Buffer.from(candidate, "latin1"), expected)) {
        return { kind: "verified", id, timestampMs, secretIndex };
      }
    }
  }
  return { kind: "mismatch" };
}

function missing(header: string): Verification {
  return malformed(`${header} is missing`);
}

function malformed(reason: string): Verification {
  return { kind: "malformed", reason };
}
