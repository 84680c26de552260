import type { ErrorCode } from "@taskpulse/contract";
import { type Config, RefusedStart, readWebhookSecrets, unusableSecrets } from "@taskpulse/runtime";
import { parseSecrets, type VerifyInput, verifyWebhook } from "@taskpulse/webhook";

export type SignatureCheck =
  /** `secretIndex` tells which secret signed it. */
  | { kind: "signed"; webhookId: string; secretIndex: number }
  /** Carries no signature, and none is required. */
  | { kind: "unsigned" }
  | { kind: "refused"; code: ErrorCode; reason: string };

export type CheckSignature = (headers: VerifyInput["headers"], body: Uint8Array) => SignatureCheck;

const UNSIGNED: SignatureCheck = { kind: "unsigned" };
const REQUIRED: SignatureCheck = {
  kind: "refused",
  code: "signature_required",
  reason:
    "Tasks must be signed here: send webhook-id, webhook-timestamp and webhook-signature as Standard Webhooks 1.0.0 says.",
};
const MISMATCH: SignatureCheck = {
  kind: "refused",
  code: "signature_invalid",
  reason: "The webhook-signature does not fit this body and any secret that is known here.",
};

/**
 * Reads the secrets once; what is wrong with a signature is said without a word about them.
 *
 * @throws RefusedStart when a secret can't be used
 */
export function createSignatureCheck(config: Config, nowMs: () => number): CheckSignature {
  const parsed = parseSecrets(readWebhookSecrets(config));
  if (parsed.kind === "invalid") throw new RefusedStart(unusableSecrets(config, parsed));
  const { secrets } = parsed;
  const { requireSignature, signatureToleranceSeconds: toleranceSeconds } = config;

  return (headers, body) => {
    const verified = verifyWebhook({ headers, body, secrets, nowMs: nowMs(), toleranceSeconds });
    switch (verified.kind) {
      case "verified":
        return { kind: "signed", webhookId: verified.id, secretIndex: verified.secretIndex };
      case "unsigned":
        return requireSignature ? REQUIRED : UNSIGNED;
      case "malformed":
        return {
          kind: "refused",
          code: "signature_invalid",
          reason: `The signature can't be checked: ${verified.reason}.`,
        };
      case "stale":
        return {
          kind: "refused",
          code: "signature_stale",
          reason: staleReason(verified.ageSeconds),
        };
      case "mismatch":
        return MISMATCH;
      default:
        return verified satisfies never;
    }
  };

  function staleReason(ageSeconds: number): string {
    const off = `${Math.abs(ageSeconds)} s ${ageSeconds < 0 ? "ahead of" : "behind"}`;
    return `The webhook-timestamp is ${off} the clock here; ${toleranceSeconds} s are allowed.`;
  }
}
