import { createHash } from "node:crypto";
import type { ReadFields } from "@taskpulse/contract";

/**
 * Reads the `Idempotency-Key` header, which names a request so that it happens once however often it
 * is sent (draft-ietf-httpapi-idempotency-key-header-07); null without one.
 */
export function readIdempotencyKey(
  header: string | string[] | undefined,
): ReadFields<string | null> {
  if (header === undefined) return { kind: "valid", value: null };
  if (typeof header === "string" && /^[\x21-\x7e]{1,200}$/.test(header)) {
    return { kind: "valid", value: header };
  }
  const message = "must be 1 to 200 visible ASCII characters";
  return { kind: "invalid", errors: [{ path: "Idempotency-Key", message }] };
}

/** The UUID that a text always makes. Of version 8: its bits are a hash's (RFC 9562, section 5.8). */
export function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    ...[hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`],
    ...[`${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)],
  ].join("-");
}
