import { createHash, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { SECRET_PREFIX, type WebhookSecret } from "./secret.ts";

const SALT = "taskpulse";
const SECRET_BYTES = 32;
/** For each master. Deriving costs 15 µs, half of what a call costs. */
const REMEMBERED = 1_000;

const derived = new WeakMap<KeyObject, Map<string, WebhookSecret>>();

/**
 * The secret of one receiver's own (HKDF-SHA256, RFC 5869): who knows it can neither sign tasks to us,
 * which takes the master, nor what other receivers get. The same for as long as the master is.
 *
 * @param destination names the receiver: see `endpointDestination`, or the id of a subscription
 */
export function destinationSecret(master: WebhookSecret, destination: string): WebhookSecret {
  const secrets = derived.get(master.key) ?? new Map<string, WebhookSecret>();
  derived.set(master.key, secrets);
  const known = secrets.get(destination);
  if (known !== undefined) return known;
  const secret = derive(master, destination);
  // The oldest goes, so that endless addresses take no memory.
  if (secrets.size >= REMEMBERED) secrets.delete(secrets.keys().next().value ?? "");
  secrets.set(destination, secret);
  return secret;
}

function derive(master: WebhookSecret, destination: string): WebhookSecret {
  // Hashed, because `info` may have 1,024 bytes and an address more.
  const info = `destination secret 1 ${createHash("sha256").update(destination).digest("hex")}`;
  return {
    key: createSecretKey(Buffer.from(hkdfSync("sha256", master.key, SALT, info, SECRET_BYTES))),
  };
}

/** The text of a secret, as the receiver needs it: `whsec_` and base64. To be shown, never logged. */
export function secretText({ key }: WebhookSecret): string {
  return SECRET_PREFIX + key.export().toString("base64");
}

/**
 * The destination that an address stands for: its origin and path as `URL` normalises them, without
 * user, query and fragment, so that all calls to one endpoint are signed alike.
 *
 * @throws TypeError when it is no address
 */
export function endpointDestination(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
