import { createSecretKey, type KeyObject } from "node:crypto";

/**
 * A shared secret, `whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks 1.0.0, "Symmetric
 * signatures"). It keeps no text that could be printed: Node.js does not show what a KeyObject holds.
 */
export interface WebhookSecret {
  readonly key: KeyObject;
}

export const SECRET_PREFIX = "whsec_";
export const MIN_SECRET_BYTES = 24;
export const MAX_SECRET_BYTES = 64;
const GENERATED_BYTES = 32;

export type ParsedSecrets =
  | { kind: "secrets"; secrets: readonly [WebhookSecret, ...WebhookSecret[]] }
  /** `position` counts from 1; the reason never repeats what was given. */
  | { kind: "invalid"; position: number; reason: string };

/** One or several secrets separated by white space: the first signs, all verify. */
export function parseSecrets(text: string): ParsedSecrets {
  const secrets: WebhookSecret[] = [];
  for (const part of text.split(/\s+/).filter(Boolean)) {
    const bytes = decode(part);
    if (bytes === null) {
      const reason = `a secret is ${SECRET_PREFIX} and the base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes`;
      return { kind: "invalid", position: secrets.length + 1, reason };
    }
    secrets.push({ key: createSecretKey(bytes) });
  }
  const [first, ...others] = secrets;
  return first === undefined
    ? { kind: "invalid", position: 1, reason: "there is no secret" }
    : { kind: "secrets", secrets: [first, ...others] };
}

/** @param randomBytes `crypto.randomBytes`, or something as good */
export function generateSecret(randomBytes: (size: number) => Buffer): string {
  return SECRET_PREFIX + randomBytes(GENERATED_BYTES).toString("base64");
}

function decode(text: string): Buffer | null {
  if (!text.startsWith(SECRET_PREFIX)) return null;
  const base64 = text.slice(SECRET_PREFIX.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const bytes = Buffer.from(base64, "base64");
  // Node.js skips what it does not understand; a secret that was cut or mistyped must not pass.
  if (bytes.toString("base64").replace(/=+$/, "") !== base64.replace(/=+$/, "")) return null;
  return bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES ? bytes : null;
}
