import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";
import type { TLSSocket } from "node:tls";
import proxyAddr from "@fastify/proxy-addr";

/** Under which name, how, and by whom this instance was asked. */
export interface ReachedAs {
  /** The client's address; behind trusted proxies, the nearest one that is not theirs. */
  address: string;
  /** Null when it is missing, repeated, malformed or contradicted. */
  host: Host | null;
  /** Null when nobody who knows has said: a proxy that is not trusted may have ended TLS. */
  scheme: "http" | "https" | null;
}

export interface Host {
  /** In lower case, without a port; IPv6 without its brackets. */
  name: string;
  /** As in an origin: with the port, if one was named. */
  withPort: string;
}

export type IsTrustedProxy = (address: string, hop: number) => boolean;

/** @param ranges addresses and CIDR ranges of the proxies whose `X-Forwarded-*` headers are believed */
export function trustedProxies(ranges: readonly string[]): IsTrustedProxy {
  return ranges.length === 0 ? () => false : proxyAddr.compile([...ranges]);
}

/**
 * Who really asks. `X-Forwarded-For` is read from its end, as far as those are trusted who wrote it.
 * Some proxies add ports, and clients may have written anything: what is no address is nobody's, so
 * that the one who passed it on counts.
 */
export function clientAddress(
  { headers, socket }: IncomingMessage,
  isTrusted: IsTrustedProxy,
): string {
  let known = socket.remoteAddress ?? "";
  if (!isTrusted(known, 0)) return known;
  const header = headers["x-forwarded-for"];
  const chain = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",");
  for (const [i, entry] of chain.reverse().entries()) {
    const address = parseAddress(entry);
    if (address === null) break;
    known = address;
    if (!isTrusted(known, i + 1)) break;
  }
  return known;
}

/** `203.0.113.5:40000`, `[2001:db8::1]:80` and `"[::1]"` (RFC 7239, section 6), besides an address alone. */
const WITH_PORT = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/i;

function parseAddress(text: string): string | null {
  const bare = text.trim().replace(/^"(.*)"$/, "$1");
  const [, six, four] = WITH_PORT.exec(bare) ?? [];
  const address = six ?? four ?? bare;
  // A zone, as in fe80::1%eth0, means something on the machine that wrote it only.
  return isIP(address) === 0 || address.includes("%") ? null : address;
}

export function reachedAs(request: IncomingMessage, isTrusted: IsTrustedProxy): ReachedAs {
  const { headers, socket } = request;
  const peer = socket.remoteAddress ?? "";
  // Only the one that is connected here can vouch for what it adds.
  if (!isTrusted(peer, 0)) {
    const encrypted = (socket as Partial<TLSSocket>).encrypted === true;
    return { address: peer, host: ownHost(request), scheme: encrypted ? "https" : null };
  }
  const forwardedHost = lastOf(headers["x-forwarded-host"]);
  const scheme = lastOf(headers["x-forwarded-proto"])?.toLowerCase();
  return {
    address: clientAddress(request, isTrusted),
    host: forwardedHost === undefined ? ownHost(request) : parseHost(forwardedHost),
    scheme: scheme === "https" || scheme === "http" ? scheme : null,
  };
}

/** Each proxy adds to the end, so the last one is what the trusted neighbour says. */
function lastOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(",") : header;
  return text?.slice(text.lastIndexOf(",") + 1).trim();
}

/**
 * A target that names an authority, `GET http://name/path`, counts instead of the Host header, which
 * has to name the same (RFC 9112, sections 3.2 and 3.2.2): who knows the one must not be led by the
 * other.
 */
function ownHost(request: IncomingMessage): Host | null {
  const header = hostHeader(request);
  const authority = AUTHORITY.exec(request.url ?? "")?.[1];
  if (authority === undefined || header === null) return header;
  const target = parseHost(authority);
  return target?.name === header.name ? target : null;
}

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

function hostHeader(request: IncomingMessage): Host | null {
  const { rawHeaders } = request;
  let found: string | undefined;
  // Node.js keeps the first of several and says nothing of the others.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== "host") continue;
    if (found !== undefined) return null;
    found = rawHeaders[i + 1] ?? "";
  }
  return found === undefined ? null : parseHost(found);
}

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?$/;

/** RFC 9110, section 7.2: `uri-host [":" port]`. */
export function parseHost(text: string): Host | null {
  const [, given, port] = HOST.exec(text.toLowerCase()) ?? [];
  if (given === undefined) return null;
  const withPort = port === undefined ? given : `${given}:${port}`;
  // Port 99999, or 1.2.3.4.5: no address has such a host.
  if (!URL.canParse(`http://${withPort}`)) return null;
  if (!given.startsWith("[")) return { name: given.replace(/\.$/, ""), withPort };
  const name = given.slice(1, -1);
  return isIPv6(name) ? { name, withPort } : null;
}
