import { z } from "zod";

/** Numbers with bounds, and one sentence for whatever is wrong with them: it names both. */

export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, error).max(max, error);
}

/** @param unit what is counted; left out for mere numbers */
export function boundedNumber(min: number, max: number, unit?: string) {
  const error = `must be a number ${unit === undefined ? "" : `of ${unit} `}from ${min} to ${max}`;
  return z.number({ error }).min(min, error).max(max, error);
}
