import { isIP } from "node:net";
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
const BYTES_MESSAGE = "REDIS_MAXMEMORY must be at least 16mb, for example 512mb or 4gb";
/** Of memory: digits, and kb, mb or gb. */
export const bytes = z
  .string()
  .regex(BYTES, BYTES_MESSAGE)
  .transform((text) => {
    const [, digits, unit] = BYTES.exec(text) ?? [];
    const factor = { kb: 1_024, mb: MIB, gb: 1_024 * MIB }[unit?.toLowerCase() ?? ""] ?? 1;
    return Number(digits) * factor;
  })
  .refine((n) => n >= 16 * MIB, BYTES_MESSAGE);

/** Values separated by commas or spaces. */
export function list(isGood: (value: string) => boolean, message: string) {
  return z
    .string()
    .default("")
    .transform((text) => text.split(/[\s,]+/).filter(Boolean))
    .refine((values) => values.every(isGood), message);
}

export function isRange(value: string): boolean {
  const [ip = "", bits, ...more] = value.split("/");
  const family = isIP(ip);
  if (family === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

/** RFC 1123, section 2.1. */
export function isHostName(value: string): boolean {
  return /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*$/i.test(value);
}
