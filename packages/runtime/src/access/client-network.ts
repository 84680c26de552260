import ipaddr from "ipaddr.js";

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 one, of which a single customer
 * has as many addresses as there are (RFC 6177).
 */
export function clientNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  // An IPv4 client of a socket that listens on both comes as ::ffff:a.b.c.d.
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const groups = (parsed as ipaddr.IPv6).parts.slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}
