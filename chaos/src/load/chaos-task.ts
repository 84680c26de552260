import { PRIORITIES, type Priority } from "@taskpulse/contract";
import { identityKey } from "./ledger.ts";

const PER_BATCH = 1_000;

export interface ChaosTask {
  readonly batchid: string;
  readonly id: number | string;
  readonly owner: string;
  readonly priority: Priority;
}

/**
 * The n-th task that is sent directly. It follows from n alone, so that the ledger needs not keep it
 * and what is stored can be held against it. Odd ones have the id of the one before as a text: 7 and
 * "7" are two identities.
 */
export function chaosTask(seed: number, n: number): ChaosTask {
  const place = n % PER_BATCH;
  const even = place - (place % 2);
  return {
    batchid: `chaos-${seed}-${Math.floor(n / PER_BATCH)}`,
    id: even === place ? even : String(even),
    owner: `Owner ${n}`,
    priority: PRIORITIES[n % PRIORITIES.length] ?? "Low",
  };
}

/** The n of such a task; null for a batch that is not of this run. */
export function chaosNumber(seed: number, batchid: string, id: number | string): number | null {
  const prefix = `chaos-${seed}-`;
  if (!batchid.startsWith(prefix)) return null;
  const place = Number(id) + (typeof id === "string" ? 1 : 0);
  return Number(batchid.slice(prefix.length)) * PER_BATCH + place;
}

export function chaosKey(seed: number, n: number): string {
  const { batchid, id } = chaosTask(seed, n);
  return identityKey(batchid, id);
}
