import type { Logger } from "./logger.ts";

const EVERY_MS = 60_000;
const MOST_ADDRESSES = 10;
/** How a socket that listens on both shows IPv4 clients. */
const IPV4_AS_IPV6 = /^::ffff:(?=[\d.]+$)/;

interface Untold {
  sentence: string;
  count: number;
  addresses: Set<string>;
}

/**
 * Warns the operator of what strangers can cause as often as they like, in a number of lines that
 * they can't choose: the first of a reason at once, what follows as one count per interval, with at
 * most ten of the addresses it came from. A reason that has been quiet for an interval begins afresh.
 */
export class Notices implements Disposable {
  readonly #log: Logger;
  readonly #everyMs: number;
  readonly #untold = new Map<string, Untold>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(log: Logger, everyMs = EVERY_MS) {
    this.#log = log;
    this.#everyMs = everyMs;
  }

  /**
   * @param reason one of a few that the code knows; never anything that came with a request
   * @param sentence what the line says, for one and for many
   * @param address the client's; empty when its connection has ended meanwhile
   */
  tell(reason: string, sentence: string, address: string): void {
    const untold = this.#untold.get(reason) ?? { sentence, count: 0, addresses: new Set() };
    this.#untold.set(reason, untold);
    untold.count += 1;
    if (untold.addresses.size < MOST_ADDRESSES) {
      untold.addresses.add(address.replace(IPV4_AS_IPV6, "") || "unknown");
    }
    if (!this.#timers.has(reason)) this.#write(reason);
  }

  /** What has been counted and not told is told now. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const reason of [...this.#untold.keys()]) this.#write(reason, false);
  }

  #write(reason: string, goesOn = true): void {
    const untold = this.#untold.get(reason);
    this.#untold.delete(reason);
    this.#timers.delete(reason);
    if (untold === undefined) return;
    const { sentence, count, addresses } = untold;
    this.#log.warn({ reason, count, addresses: [...addresses] }, sentence);
    if (!goesOn) return;
    this.#timers.set(reason, setTimeout(() => this.#write(reason), this.#everyMs).unref());
  }
}
