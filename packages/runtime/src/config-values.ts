import { isIP } from "node:net";
import proxyAddr from "@fastify/proxy-addr";
import ipaddr from "ipaddr.js";
import { z } from "zod";

/** The shapes of variables. Each has one sentence that says what is wrong, with a good example. */

const MIB = 1_048_576;
export function whole(name: string, example: number, min: number, max: number) {
  const message = `${name} must be a whole number from ${min} to ${max}, for example ${example}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((n) => n >= min && n <= max, message);
}

export function decimal(name: string, example: number, min: number, max: number) {
  const message = `${name} must be a number from ${min} to ${max}, for example ${example}`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, message)
    .transform(Number)
    .refine((n) => n >= min && n <= max, message);
}

export function flag(name: string) {
  return z
    .enum(["true", "false"], { error: `${name} must be true or false` })
    .transform((value) => value === "true");
}

export function address(name: string, protocols: RegExp, example: string) {
  return z.url({ protocol: protocols, error: `${name} must be an address such as ${example}` });
}

const BYTES = /^(\d{1,15})(kb|mb|gb)?$/i;
/** Of memory: digits, and kb, mb or gb. */
export function bytes(name: string, example: string, minMib: number) {
  const message = `${name} must be at least ${minMib}mb, for example ${example}`;
  return z
    .string()
    .regex(BYTES, message)
    .transform((text) => {
      const [, digits, unit] = BYTES.exec(text) ?? [];
      const factor = { kb: 1_024, mb: MIB, gb: 1_024 * MIB }[unit?.toLowerCase() ?? ""] ?? 1;
      return Number(digits) * factor;
    })
    .refine((n) => n >= minMib * MIB, message);
}

/** Values separated by commas or spaces. */
export function list(isGood: (value: string) => boolean, message: string) {
  return z
    .string()
    .default("")
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .refine((values) => values.every(isGood), message);
}

const NAMED_RANGES = ["loopback", "linklocal", "uniquelocal"];

/**
 * Addresses, CIDR ranges of at least one bit, ranges with a netmask, and three names: what is trusted
 * is decided by the same code. It would also take `10/8` for 0.0.0.10/8, so addresses are whole here.
 */
export function isRange(value: string): boolean {
  if (!NAMED_RANGES.includes(value) && isIP(value.split("/")[0] ?? "") === 0) return false;
  try {
    proxyAddr.compile(value);
    return true;
  } catch {
    return false;
  }
}

/** RFC 1123, section 2.1. */
export function isHostName(value: string): boolean {
  return /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*$/i.test(value);
}

/** An address, a CIDR range, or a host name. A name that ends in a number would be an address, mistyped. */
export function isDestination(value: string): boolean {
  if (isIP(value) !== 0) return true;
  const [address = ""] = value.split("/");
  if (isIP(address) !== 0) return ipaddr.isValidCIDR(value);
  return isHostName(value) && !/(?:^|\.)(?:\d+|0x[\da-f]*)$/i.test(value);
}
