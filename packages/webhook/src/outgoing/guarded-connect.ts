import { promises as dns, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import type { AllowList } from "./allow-list.ts";

/** Thrown where a connection would lead to an address that data may not name. */
export class AddressRefused extends Error {
  readonly code = "ERR_ADDRESS_REFUSED";

  /** @param host as it was asked for; what it resolves to stays inside */
  constructor(host: string) {
    super(
      `${host} is or leads to a private or reserved address, which OUTGOING_ALLOW does not list`,
    );
    this.name = "AddressRefused";
  }
}

/** All addresses of a host name; rejects as `dns.lookup` does. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export interface GuardedConnectOptions {
  allow: AllowList;
  /** Default: as the system does, so that /etc/hosts and search domains count. */
  resolve?: Resolve | undefined;
  timeoutMs: number;
}

/**
 * Connects only to addresses that were looked at: a name is resolved here, and what the socket gets
 * are the addresses that passed, so that a name can't lead elsewhere a moment later (DNS rebinding).
 * Where a name has good and refused addresses, the good ones are used.
 */
export function guardedConnect(options: GuardedConnectOptions): buildConnector.connector {
  const { allow, timeoutMs } = options;
  const resolve = sharedResolve(options.resolve ?? ((host) => dns.lookup(host, { all: true })));

  const lookup: LookupFunction = (host, { all }, callback) => {
    resolve(host).then(
      (addresses) => {
        const good = addresses.filter(({ address }) => allow.permits(host, address));
        const [first] = good;
        if (first === undefined) callback(new AddressRefused(host), []);
        else if (all) callback(null, good);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  const connect = buildConnector({ lookup, timeout: timeoutMs, allowH2: false });
  return (target, callback) => {
    // Node.js does not look up what is an address already.
    if (isIP(target.hostname) === 0 || allow.permits(target.hostname, target.hostname)) {
      connect(target, callback);
    } else {
      process.nextTick(callback, new AddressRefused(target.hostname), null);
    }
  };
}

/**
 * Connections that are opened at once share one lookup: each holds one of the few threads that
 * Node.js has for them, however long the name's server takes.
 */
function sharedResolve(resolve: Resolve): Resolve {
  const open = new Map<string, ReturnType<Resolve>>();
  return (host) => {
    const asked = open.get(host);
    if (asked !== undefined) return asked;
    const answer = resolve(host).finally(() => open.delete(host));
    open.set(host, answer);
    return answer;
  };
}
