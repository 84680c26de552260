import { createHash, timingSafeEqual } from "node:crypto";

export type IsAdminToken = (given: string) => boolean;

/**
 * Compares digests, which all have one length: neither the time it takes nor an early end tells
 * how much of a guess was right.
 */
export function adminTokenCheck(adminToken: string): IsAdminToken {
  const wanted = digest(adminToken);
  return (given) => timingSafeEqual(digest(given), wanted);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The token of `Authorization: Bearer …` (RFC 6750, section 2.1); null when there is none. */
export function bearerToken(authorization: string | undefined): string | null {
  return /^bearer +(.+)$/i.exec(authorization ?? "")?.[1] ?? null;
}
