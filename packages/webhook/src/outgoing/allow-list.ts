import ipaddr from "ipaddr.js";
import { type AddressRange, isRefusedAddress, isWithin, readAddress } from "./refused-address.ts";

/** What may be reached though private (`OUTGOING_ALLOW`): names as they are asked for, and addresses. */
export class AllowList {
  readonly #names = new Set<string>();
  readonly #ranges: AddressRange[] = [];

  /**
   * @param entries CIDR ranges, addresses, or host names
   * @throws Error when a range is malformed: the configuration has looked before
   */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const address = readAddress(entry);
      if (address !== null) this.#ranges.push([address, address.kind() === "ipv4" ? 32 : 128]);
      else if (entry.includes("/")) this.#ranges.push(ipaddr.parseCIDR(entry));
      else this.#names.add(plainName(entry));
    }
  }

  /** Whether this address may be connected to, when data asked for `host`. */
  permits(host: string, ip: string): boolean {
    if (!isRefusedAddress(ip)) return true;
    const address = readAddress(ip);
    if (address === null) return false;
    if (this.#names.has(plainName(host))) return true;
    // ::ffff:127.0.0.1 is 127.0.0.1 to the system, other ranges with an IPv4 address inside are not.
    const meant =
      address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
        ? address.toIPv4Address()
        : address;
    return this.#ranges.some((range) => isWithin(meant, range));
  }
}

function plainName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}
