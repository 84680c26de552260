import type { NetworkInterfaceInfo } from "node:os";
import { type Config, httpOrigin, interfacesOf } from "@taskpulse/runtime/config";

/** Machines with many bridges have many addresses; the first ones are mostly the network's. */
const MOST_SHOWN = 2;

/**
 * For a HOST that means every interface: says so, and under which other addresses both apps can be
 * opened. Null for any other HOST, which is an address itself.
 *
 * @param interfaces as `os.networkInterfaces` gives them
 */
export function elsewhere(
  { host, producerPort, consumerPort }: Pick<Config, "host" | "producerPort" | "consumerPort">,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string | null {
  const reach = interfacesOf(host);
  if (reach === "one") return null;
  const addresses = Object.values(interfaces)
    .flatMap((infos = []) => infos)
    .filter(({ internal, family, scopeid = 0 }) =>
      // With a scope, as fe80::1%eth0, an address can't be opened in a browser.
      family === "IPv4" ? !internal : !internal && reach === "all" && scopeid === 0,
    )
    .sort((a, b) => a.family.localeCompare(b.family))
    .slice(0, MOST_SHOWN)
    .flatMap(({ address }) =>
      [producerPort, consumerPort].map((port) => httpOrigin(address, port)),
    );
  const also = addresses.length === 0 ? "" : `, also at ${addresses.join(" ")}`;
  return `on all ${reach === "ipv4" ? "IPv4 " : ""}interfaces (HOST=${host})${also}`;
}
