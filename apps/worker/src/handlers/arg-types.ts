import { z } from "zod";

/**
 * Types of args that HTTP's query parameters can carry as well, which are always texts. Each has a
 * `rule`: the sentence that is said of whatever does not fit.
 */

/** No text of at most so many characters of this form is beyond the numbers. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?$/;
const MAX_DIGITS = 200;
const FRACTION = /^(?:0(?:\.\d{0,20})?|\.\d{1,20}|1(?:\.0{0,20})?)$/;

/** A finite number, or its decimal digits. Neither nothing, nor spaces, nor 0x10 is a number. */
export function numeric() {
  return z
    .union([z.number(), z.string().max(MAX_DIGITS).regex(DECIMAL)])
    .transform(Number)
    .meta({ rule: "must be a number, or a text that is one" });
}

/** From 0, never, to 1, always. */
export function probability() {
  return z
    .union([z.number().min(0).max(1), z.string().regex(FRACTION)])
    .transform(Number)
    .meta({ rule: "must be a number from 0 to 1" });
}

export function httpAddress() {
  return z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .meta({
      rule: "must be an http:// or https:// address of at most 2,000 characters",
      // What JSON Schema says of an address names no protocol.
      pattern: "^[hH][tT][tT][pP][sS]?://",
    });
}
