import type { ErrorCode } from "@taskpulse/contract";
import type { Config, LiveSecrets } from "@taskpulse/runtime";
import { type VerifyInput, verifyWebhook, type WebhookSecret } from "@taskpulse/webhook";

type SignatureCheck =
  | { kind: "signed"; webhookId: string; signer: WebhookSecret }
  /** Carries no signature, and none is required. */
  | { kind: "unsigned" }
  | { kind: "refused"; problem: SignatureProblem; code: ErrorCode; reason: string };

export type SignatureProblem = "missing" | "malformed" | "stale" | "mismatch";

export type CheckSignature = (headers: VerifyInput["headers"], body: Uint8Array) => SignatureCheck;

const UNSIGNED: SignatureCheck = { kind: "unsigned" };
const REQUIRED: SignatureCheck = {
  kind: "refused",
  problem: "missing",
  code: "signature_required",
  reason:
    "Tasks must be signed here: send webhook-id, webhook-timestamp and webhook-signature as Standard Webhooks 1.0.0 says.",
};
const MISMATCH: SignatureCheck = {
  kind: "refused",
  problem: "mismatch",
  code: "signature_invalid",
  reason: "The webhook-signature does not fit this body and any secret that is known here.",
};

/** What is wrong with a signature is said without a word about the secrets. */
export function createSignatureCheck(
  config: Pick<Config, "requireSignature" | "signatureToleranceSeconds">,
  secrets: Pick<LiveSecrets<readonly WebhookSecret[]>, "current">,
  nowMs: () => number,
): CheckSignature {
  const { requireSignature, signatureToleranceSeconds: toleranceSeconds } = config;

  return (headers, body) => {
    const { current } = secrets;
    const verified = verifyWebhook({
      headers,
      body,
      secrets: current,
      nowMs: nowMs(),
      toleranceSeconds,
    });
    switch (verified.kind) {
      case "verified": {
        const signer = current[verified.secretIndex];
        return signer === undefined ? MISMATCH : { kind: "signed", webhookId: verified.id, signer };
      }
      case "unsigned":
        return requireSignature ? REQUIRED : UNSIGNED;
      case "malformed":
        return {
          kind: "refused",
          problem: "malformed",
          code: "signature_invalid",
          reason: `The signature can't be checked: ${verified.reason}.`,
        };
      case "stale":
        return {
          kind: "refused",
          problem: "stale",
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
