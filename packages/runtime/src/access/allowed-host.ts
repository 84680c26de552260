import { isIP } from "node:net";
import type { Host } from "./reached-as.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Against DNS rebinding: a page of `evil.example` whose name suddenly leads to this machine is still
 * asked for under its own name. An address can't be bound to something else, so every one will do.
 */
export function hostRefusal(host: Host | null, allowed: ReadonlySet<string>): Refusal | null {
  if (host === null) {
    return {
      code: "host_not_allowed",
      reason: "The request needs one well-formed Host header, and no other name in its target.",
    };
  }
  const { name } = host;
  if (isIP(name) !== 0 || isLocalName(name)) return null;
  if (allowed.has(name)) return null;
  return {
    code: "host_not_allowed",
    reason: `This instance does not go by the name ${name}: if it should, add it to ALLOWED_HOSTS.`,
  };
}

/** RFC 6761, section 6.3. */
export function isLocalName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}
