import { z } from "zod";

const WEEK_SECONDS = 604_800;
const DEFAULT_OVERLAP_SECONDS = 86_400;
const OVERLAP = `must be a whole number of seconds from 0 to ${WEEK_SECONDS}`;

/** How a secret is replaced: for `overlap_seconds` the one before also signs, by default for a day. */
export const rotationFields = {
  overlap_seconds: z.int(OVERLAP).min(0, OVERLAP).max(WEEK_SECONDS, OVERLAP).optional(),
};

export const rotationSchema = z.strictObject(rotationFields);

export function overlapMs({ overlap_seconds }: z.infer<typeof rotationSchema>): number {
  return (overlap_seconds ?? DEFAULT_OVERLAP_SECONDS) * 1_000;
}
