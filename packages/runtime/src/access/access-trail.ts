import { Counter, type Registry } from "prom-client";
import type { Notices } from "../notices.ts";

const REFUSED = {
  wrong_token: "wrong admin tokens were refused",
  locked_out: "addresses that are locked out tried tokens",
} as const;

/** What an operator learns of tokens that were refused: counters without addresses, lines with them. */
export class AccessTrail {
  readonly #notices: Notices;
  readonly #refused: Counter;
  readonly #lockouts: Counter;

  constructor(metrics: Registry, notices: Notices) {
    this.#notices = notices;
    this.#refused = new Counter({
      name: "taskpulse_access_refused_total",
      help: "Requests and sockets with an admin token that were refused, by reason.",
      labelNames: ["reason"],
      registers: [metrics],
    });
    // From the start, so that the first one is an increase.
    for (const reason of Object.keys(REFUSED)) this.#refused.inc({ reason }, 0);
    this.#lockouts = new Counter({
      name: "taskpulse_access_lockouts_total",
      help: "Times that an address was locked out after too many wrong tokens.",
      registers: [metrics],
    });
  }

  refused(reason: keyof typeof REFUSED, address: string): void {
    this.#refused.inc({ reason });
    this.#notices.tell(reason, REFUSED[reason], address);
  }

  lockedOut(address: string): void {
    this.#lockouts.inc();
    this.#notices.tell("lockout", "addresses were locked out after too many wrong tokens", address);
  }
}
