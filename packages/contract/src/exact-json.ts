/**
 * JSON whose numbers keep their digits. A double holds about 16 of them: a number that it can't
 * hold is kept as the text it was written in (`JSON.rawJSON`, ECMAScript "JSON.parse source text
 * access"), and `JSON.stringify` writes that text again. All other values are those of `JSON.parse`.
 */

interface RawJson {
  rawJSON: string;
}

/** ECMAScript 2026, not yet in TypeScript's library; Safari has it since 18.4, Firefox since 135. */
interface SourceTextAccess {
  rawJSON?: (text: string) => RawJson;
  isRawJSON?: (value: unknown) => boolean;
}

const { rawJSON, isRawJSON }: SourceTextAccess = JSON as SourceTextAccess;

/** So many digits every double gives back, unless it is next to nothing or infinite. */
const HELD_DIGITS = 15;
const LEAST_HELD = 1e-290;

/**
 * A number of 16 or more characters before its exponent, or with an exponent of 3 or more digits:
 * any other has at most 15 digits and is neither huge nor tiny, and so a double gives it back. What
 * looks like one inside a text only costs time.
 */
const LONG_NUMBER = /[:,[\s]-?\d(?:[\d.]{15}|[\d.]{0,14}[eE][+-]?\d{3})/;
const ZERO_ITSELF = /^[-.0]+(?:[eE]|$)/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Whether the text may hold a number that `JSON.parse` would change. A fast test, never wrongly false. */
export function mayLoseDigits(text: string): boolean {
  return LONG_NUMBER.test(text);
}

/**
 * As `JSON.parse`, without loss. Where the browser lacks source text access, it is `JSON.parse`.
 *
 * @throws SyntaxError when the text is not JSON; RangeError when it is nested some thousand levels deep
 */
export function parseExact(text: string): unknown {
  return rawJSON !== undefined && mayLoseDigits(text)
    ? JSON.parse(text, keepDigits)
    : JSON.parse(text);
}

/** The double that is nearest to a number that none holds; every other value is given back as it is. */
export function toDouble(value: unknown): unknown {
  const isExact = typeof value === "object" && value !== null && isExactNumber(value);
  return isExact ? Number(JSON.stringify(value)) : value;
}

/** The value with doubles for all numbers, at any depth; the same object when it holds nothing else. */
export function toDoubles(value: unknown): unknown {
  const rounded = toDouble(value);
  if (rounded !== value || typeof value !== "object" || value === null) return rounded;
  if (Array.isArray(value)) {
    const items = value.map(toDoubles);
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  const fields = Object.entries(value).map(
    ([key, field]) => [key, field, toDoubles(field)] as const,
  );
  return fields.every(([, field, rounded]) => field === rounded)
    ? value
    : Object.fromEntries(fields.map(([key, , rounded]) => [key, rounded]));
}

/** Whether the value stands for a number that no double holds. */
export function isExactNumber(value: object): boolean {
  return isRawJSON?.(value) === true;
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || isHeld(value, source)) return value;
  return rawJSON?.(source) ?? value;
}

/** Whether the double, written as shortly as possible, is the number that was written. */
function isHeld(value: number, source: string): boolean {
  const size = Math.abs(value);
  // Most are short, and each step from here on costs more than to parse a number.
  if (source.length <= HELD_DIGITS && size > LEAST_HELD && size < Infinity) return true;
  if (size === 0) return ZERO_ITSELF.test(source);
  const shortest = String(value);
  return shortest === source || (Number.isFinite(value) && decimal(shortest) === decimal(source));
}

/** One text for all spellings of a number: 1.50, 15e-1 and 0.15E1 are `15e-1`. */
function decimal(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  const digits = whole + fraction;
  let from = 0;
  let to = digits.length;
  // Loops, because /0+$/ takes quadratic time on a hostile number.
  while (from < to && digits.charCodeAt(from) === ZERO) from += 1;
  while (to > from && digits.charCodeAt(to - 1) === ZERO) to -= 1;
  if (from === to) return "0";
  const power = Number(exponent) - fraction.length + (digits.length - to);
  return `${sign}${digits.slice(from, to)}e${power}`;
}

const ZERO = 48;
