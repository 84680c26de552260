import type { ErrorCode } from "@taskpulse/contract";
import { WRITE_ERRORS } from "@taskpulse/runtime";
import { z } from "zod";

/** What several routes say of what they take. */

export const idempotencyHeader = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe("Names the request, so that it happens once however often it is sent: visible ASCII.");

/** Of whatever stores tasks. */
export const STORING_ERRORS = [
  ...(["invalid_task", "overloaded", "stopping", "no_worker"] as const),
  ...WRITE_ERRORS,
] as const satisfies readonly ErrorCode[];

/** Of what is signed, and may come from anywhere. */
export const INCOMING_ERRORS = [
  ...(["signature_required", "signature_invalid", "signature_stale"] as const),
  ...(["cross_site", "host_not_allowed", "rate_limited", "overloaded"] as const),
] as const satisfies readonly ErrorCode[];

const SIGNED = "of Standard Webhooks 1.0.0; not needed with REQUIRE_SIGNATURE=false.";

/** Of what is signed. */
export const signatureHeaders = {
  "webhook-id": z.string().optional().describe(`Names the message; ${SIGNED}`),
  "webhook-timestamp": z
    .string()
    .regex(/^\d+$/)
    .optional()
    .describe(`Seconds since 1970; ${SIGNED}`),
  "webhook-signature": z
    .string()
    .optional()
    .describe(
      `\`v1,\` and the base64 of the HMAC-SHA256, or several, separated by spaces; ${SIGNED}`,
    ),
};
