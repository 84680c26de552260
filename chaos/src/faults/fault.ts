import type { Chance } from "../chance.ts";
import type { AckClock } from "../load/ack-clock.ts";
import type { Side } from "../load/ledger.ts";
import type { Site } from "../site/site.ts";

export const FAULT_KINDS = [
  "kill consumer",
  "kill producer",
  "kill worker",
  "kill remote",
  "kill Redis",
  "kill launcher",
  "freeze consumer",
  "freeze producer",
  "freeze worker",
  "freeze Redis",
  "freeze launcher",
  "cut",
  "delay",
  "half-open",
  "worker cut off",
  "power cut",
  "disk full",
  "clock skew",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a fault is made with. Its chance is its own: what it draws does not depend on when it comes. */
export interface FaultContext {
  readonly site: Site;
  readonly chance: Chance;
  readonly acks: AckClock;
  /** Scales how long things stay broken: 1 in the long run. */
  readonly patience: number;
  /** Lets time pass while something is broken. */
  hold(ms: number): Promise<void>;
}

export interface PreparedFault {
  /** For the reader of the run: "kill -9 consumer A". */
  readonly what: string;
  /** Whose acknowledgement must have come right before; anybody's when absent. */
  readonly near?: Side | undefined;
  /**
   * Synchronous, so that no time passes between that acknowledgement and the fault.
   *
   * @returns false when there was nothing to hit: a process that is just being restarted
   */
  strike(): boolean;
  /** Ends it, and resolves when what was hit serves again. */
  heal(): Promise<FaultOutcome>;
}

export interface FaultOutcome {
  /** What is worth telling besides: how much was torn off. */
  readonly detail?: string;
  /** From the first PONG of a restarted Redis to the first 200 of a consumer that was not. */
  readonly firstAckAfterPongMs?: number;
}

/** How long anything may take to serve again. */
export const RECOVERY_LIMIT_MS = 30_000;
