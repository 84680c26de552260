import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import helmet, { type HelmetOptions } from "helmet";

type SetHeaders = (request: IncomingMessage, response: ServerResponse) => void;

/** A page's inline scripts carry it; everything else that wants to be one does not run. */
export function newNonce(): string {
  return randomBytes(16).toString("base64");
}

export interface HeaderOptions {
  /** The browser came over HTTPS, possibly to a proxy. */
  isSecure: boolean;
  /** Or to this machine's own address: browsers honour more headers then. */
  isTrustworthy: boolean;
}

const COMMON = {
  // Without a referrer a browser names the origin of a form as `null`, which is foreign.
  referrerPolicy: { policy: "same-origin" },
  xFrameOptions: { action: "deny" },
  // Would do nothing but raise doubts where `default-src` says it all.
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
} as const satisfies HelmetOptions;

const DATA = [true, false].map((isSecure) =>
  [true, false].map((isTrustworthy) =>
    withOptions(
      { isSecure, isTrustworthy },
      {
        useDefaults: false,
        directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"] },
      },
    ),
  ),
);

/** For answers that are data: nothing in them is ever to be run or shown in a frame. */
export function setDataHeaders(
  { isSecure, isTrustworthy }: HeaderOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  DATA[isSecure ? 0 : 1]?.[isTrustworthy ? 0 : 1]?.(request, response);
  response.setHeader("cache-control", "no-store");
}

/**
 * For pages. Scripts run by nonce, and load what they need themselves; styles may be inline, because
 * the components position themselves by `style`. While developing, Next.js needs `eval`.
 */
export function setPageHeaders(
  { nonce, isDev, ...options }: HeaderOptions & { nonce: string; isDev: boolean },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const set = withOptions(options, {
    useDefaults: false,
    directives: {
      "default-src": ["'self'"],
      "script-src": [
        ...["'self'", `'nonce-${nonce}'`, "'strict-dynamic'"],
        ...(isDev ? ["'unsafe-eval'"] : []),
      ],
      "style-src": ["'self'", "'unsafe-inline'"],
      "img-src": ["'self'", "data:"],
      "font-src": ["'self'"],
      // Includes WebSocket to the same host and port (CSP level 3, section 6.7.2.8).
      "connect-src": ["'self'"],
      "object-src": ["'none'"],
      "base-uri": ["'none'"],
      "form-action": ["'self'"],
      "frame-ancestors": ["'none'"],
    },
  });
  set(request, response);
  response.setHeader(
    "permissions-policy",
    "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  );
}

function withOptions(
  { isSecure, isTrustworthy }: HeaderOptions,
  contentSecurityPolicy: HelmetOptions["contentSecurityPolicy"],
): SetHeaders {
  const set = helmet({
    ...COMMON,
    contentSecurityPolicy: contentSecurityPolicy ?? false,
    strictTransportSecurity: isSecure && { includeSubDomains: false },
    // Elsewhere browsers ignore both, and complain.
    crossOriginOpenerPolicy: isTrustworthy,
    originAgentCluster: isTrustworthy,
  });
  return (request, response) =>
    set(request, response, (error) => {
      if (error !== undefined) throw error;
    });
}
