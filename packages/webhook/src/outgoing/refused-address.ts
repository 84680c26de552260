import ipaddr from "ipaddr.js";

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressRange = ReturnType<typeof ipaddr.parseCIDR>;

/**
 * Ranges that data must not make us call: what the IANA special-purpose registries (RFC 6890 and its
 * updates) call not globally reachable, multicast and reserved space, and IPv6 ranges that carry an
 * IPv4 address and so would lead round the IPv4 rows: IPv4-compatible and IPv4-mapped (both in ::/8),
 * NAT64 (RFC 6052, RFC 8215), Teredo (RFC 4380), 6to4 (RFC 3056).
 */
const REFUSED: readonly AddressRange[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/8",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/32",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
].map((range) => ipaddr.parseCIDR(range));

/** Whether nothing may be called there that data names. What is no address in full is refused, too. */
export function isRefusedAddress(ip: string): boolean {
  const address = readAddress(ip);
  return address === null || REFUSED.some((range) => isWithin(address, range));
}

/** Four decimal parts, or IPv6 as in RFC 4291; null for anything else that ipaddr.js would read. */
export function readAddress(ip: string): IpAddress | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(ip) && !ipaddr.IPv6.isValid(ip)) return null;
  return ipaddr.parse(ip);
}

export function isWithin(address: IpAddress, [range, bits]: AddressRange): boolean {
  return address.kind() === range.kind() && address.match(range, bits);
}
