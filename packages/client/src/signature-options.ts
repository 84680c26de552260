/**
 * Why a signature does not count: there is none; a header is missing, repeated or malformed; the
 * timestamp is too far from now; no signature fits the body and a secret that is known here.
 */
export type SignatureDoubt = "unsigned" | "malformed" | "stale" | "mismatch";

export interface SignatureOptions {
  /** `whsec_…`: several, as an array or separated by spaces, while one is being replaced. */
  secret: string | readonly string[];
  /** How far the timestamp may be from now, before or after, in seconds. Default: 300. */
  toleranceSeconds?: number | undefined;
}
