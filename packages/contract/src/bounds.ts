import { z } from "zod";

/** Numbers with bounds, dates, and one sentence for whatever is wrong with them. */

const wholeNumberRule = (min: number, max: number) =>
  `must be a whole number from ${min} to ${max}`;

/** As a query parameter has it: the digits, once. */
export function wholeNumberText(min: number, max: number) {
  const error = wholeNumberRule(min, max);
  return z
    .string({ error })
    .regex(/^\d{1,15}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
    .meta({ type: "integer", minimum: min, maximum: max });
}

export function wholeNumber(min: number, max: number) {
  const error = wholeNumberRule(min, max);
  return z.int({ error }).min(min, error).max(max, error);
}

/** @param unit what is counted; left out for mere numbers */
export function boundedNumber(min: number, max: number, unit?: string) {
  const error = `must be a number ${unit === undefined ? "" : `of ${unit} `}from ${min} to ${max}`;
  return z.number({ error }).min(min, error).max(max, error);
}

/** ISO 8601; without an offset it is a local time, of whatever zone the place of the field says. */
export const isoDate = z.iso.datetime({
  offset: true,
  local: true,
  error: "must be a date and time such as 2026-01-31T12:00:00Z",
});
