import { WEBHOOK_HEADERS } from "@taskpulse/contract";
import { parseSecrets, verifyWebhook, type WebhookSecret } from "@taskpulse/webhook";
import { describe } from "./describe.ts";
import type { SignatureDoubt, SignatureOptions } from "./signature-options.ts";

export type SignatureCheck =
  | { kind: "verified"; id: string; timestampMs: number }
  /** `message` is one sentence for people. */
  | { kind: "refused"; reason: SignatureDoubt; message: string };

export interface SignatureRules {
  secrets: readonly WebhookSecret[];
  /** How far the timestamp may be from now, before or after, in seconds. */
  toleranceSeconds: number;
}

/** Over the raw bytes (Standard Webhooks 1.0.0, `v1`). @param header a header's value by its name in lower case */
export function checkSignature(
  header: (name: string) => string | null,
  body: Uint8Array,
  rules: SignatureRules,
): SignatureCheck {
  const names = Object.values(WEBHOOK_HEADERS);
  const headers = Object.fromEntries(names.map((name) => [name, header(name) ?? undefined]));
  const result = verifyWebhook({ ...rules, headers, body, nowMs: Date.now() });
  switch (result.kind) {
    case "verified":
      return { kind: "verified", id: result.id, timestampMs: result.timestampMs };
    case "unsigned":
      return refused(result.kind, "it carries no signature");
    case "malformed":
      return refused(result.kind, result.reason);
    case "stale":
      return refused(
        result.kind,
        result.ageSeconds < 0
          ? `its timestamp is ${-result.ageSeconds} s in the future`
          : `it was signed ${result.ageSeconds} s ago`,
      );
    case "mismatch":
      return refused(result.kind, "its signature fits neither the body nor a secret known here");
    default:
      return result satisfies never;
  }
}

function refused(reason: SignatureDoubt, message: string): SignatureCheck {
  return { kind: "refused", reason, message };
}

const DEFAULT_TOLERANCE_SECONDS = 300;

/** @throws TypeError that names the option, and never repeats a secret */
export function readSignatureOptions(options: SignatureOptions): SignatureRules {
  const { secret, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = options;
  const all: unknown = Array.isArray(secret) ? secret.join(" ") : secret;
  if (typeof all !== "string") {
    throw new TypeError(`\`secret\` must be a text or an array of texts, not ${describe(secret)}`);
  }
  const parsed = parseSecrets(all);
  if (parsed.kind === "invalid") throw new TypeError(`\`secret\`: ${parsed.reason}`);
  if (typeof toleranceSeconds !== "number" || !(toleranceSeconds > 0)) {
    throw new TypeError("`toleranceSeconds` must be a number of seconds above 0");
  }
  return { secrets: parsed.secrets, toleranceSeconds };
}
