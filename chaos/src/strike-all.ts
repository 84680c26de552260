import { setTimeout as sleep } from "node:timers/promises";
import { Chance } from "./chance.ts";
import type { FaultKind, FaultOutcome } from "./faults/fault.ts";
import { CRASHES_LAUNCHED_PART, prepareFault } from "./faults/prepare-fault.ts";
import type { AckClock } from "./load/ack-clock.ts";
import { type PlannedFault, takeNext } from "./plan.ts";
import type { Site } from "./site/site.ts";

/** An acknowledgement must have come at most so long before a fault. */
export const MOST_ACK_AGE_MS = 100;
const ACK_LIMIT_MS = 30_000;
const STRIKE_LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 200;

/** One fault that happened. Times in milliseconds. */
export interface FaultRecord extends FaultOutcome {
  readonly number: number;
  readonly kind: FaultKind;
  readonly what: string;
  /** Since the run began. */
  readonly at: number;
  /** How long before it the newest acknowledgement had come. */
  readonly ackAgeMs: number;
  /** Until what was hit served again. */
  readonly lastedMs: number;
}

export interface StrikeOptions {
  readonly site: Site;
  readonly acks: AckClock;
  readonly plan: readonly PlannedFault[];
  readonly chance: Chance;
  readonly patience: number;
  /** Between the end of one fault and the next, from and to. */
  readonly calmMs: readonly [number, number];
  readonly signal: AbortSignal;
  readonly onFault: (record: FaultRecord) => void;
  /** Resolves when the next fault may come. */
  readonly recovered: () => Promise<void>;
}

/** Lets all planned faults happen, one after the other. Rejects when something does not recover. */
export async function strikeAll(options: StrikeOptions): Promise<void> {
  const { site, chance, calmMs, signal } = options;
  const left = [...options.plan];
  let number = 0;
  while (left.length > 0) {
    await sleep(chance.between(...calmMs), undefined, { signal });
    if (site.launched.hasEnded) throw new Error(`the launcher ended:\n${site.launched.output}`);
    const planned = takeNext(
      left,
      (kind) => site.crashes.allows || !CRASHES_LAUNCHED_PART.has(kind),
    );
    if (planned === null) {
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
      continue;
    }
    number += 1;
    options.onFault(await strike(planned, number, options));
    await options.recovered();
  }
}

async function strike(
  { kind, seed }: PlannedFault,
  number: number,
  { site, acks, patience, signal }: StrikeOptions,
): Promise<FaultRecord> {
  const fault = prepareFault(kind, {
    site,
    acks,
    patience,
    chance: new Chance(seed),
    hold: (ms) => sleep(ms, undefined, { signal }),
  });
  const beganAt = acks.now();
  for (;;) {
    signal.throwIfAborted();
    if (acks.now() - beganAt > STRIKE_LIMIT_MS) throw new Error(`nothing to hit: ${fault.what}`);
    const ackAt = await acks.next(ACK_LIMIT_MS, fault.near);
    if (ackAt === null) {
      const whom = fault.near === undefined ? "anybody" : `consumer ${fault.near}`;
      throw new Error(`no acknowledgement of ${whom} for ${ACK_LIMIT_MS / 1_000} s`);
    }
    const at = acks.now();
    const ackAgeMs = at - ackAt;
    if (ackAgeMs > MOST_ACK_AGE_MS) continue;
    if (!fault.strike()) {
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
      continue;
    }
    const outcome = await fault.heal();
    const { what } = fault;
    return { number, kind, what, at, ackAgeMs, lastedMs: acks.now() - at, ...outcome };
  }
}
