import type { IncomingHttpHeaders } from "node:http";
import type { ReachedAs } from "./reached-as.ts";
import type { Refusal } from "./refusal.ts";

const REFUSAL: Refusal = {
  code: "cross_site",
  reason: "A page of another site asked for this; only pages of this instance and programs may.",
};

/**
 * Whether a browser sends this for a page of somebody else. Modern ones say so themselves
 * (`Sec-Fetch-Site`, W3C Fetch Metadata), all name the page's origin with everything but GET and HEAD
 * (RFC 6454, section 7.3); programs send neither and pass.
 */
export function crossSiteRefusal(
  headers: IncomingHttpHeaders,
  { host, scheme }: Pick<ReachedAs, "host" | "scheme">,
): Refusal | null {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return REFUSAL;
  const { origin } = headers;
  return origin === undefined || isThisOrigin(origin, { host, scheme }) ? null : REFUSAL;
}

/**
 * For a GET that starts work and comes with a session's cookie. Over plain HTTP browsers send no
 * `Sec-Fetch-Site`, and with a link or an image no `Origin` either; what is left is the page that it
 * came from, which must then be ours.
 */
export function unprovenRefusal(
  headers: IncomingHttpHeaders,
  reached: Pick<ReachedAs, "host" | "scheme">,
): Refusal | null {
  if (headers["sec-fetch-site"] !== undefined || headers.origin !== undefined) return null;
  const { referer } = headers;
  return referer !== undefined && isThisOrigin(referer, reached) ? null : REFUSAL;
}

/** An opaque origin, `null`, is foreign. */
function isThisOrigin(address: string, { host, scheme }: Pick<ReachedAs, "host" | "scheme">) {
  if (host === null || !URL.canParse(address)) return false;
  const given = new URL(address);
  const known = scheme === null ? ["http", "https"] : [scheme];
  // Through URL, so that a port that is its scheme's own may be named or not.
  return known.some((name) => given.origin === new URL(`${name}://${host.withPort}`).origin);
}
