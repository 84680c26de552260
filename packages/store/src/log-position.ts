import { formatCursor } from "@taskpulse/contract";

/** A place in what happened to tasks. */
export interface LogPosition {
  /** Of the last entry seen in the task log. */
  id: string;
  /** How many tasks there were by then. */
  total: number;
  /** Of the last change of state seen. */
  change: string;
}

export function toCursor(epoch: string, { id, total, change }: LogPosition): string {
  const [ms, seq] = id.split("-").map(Number);
  const [changeMs, changeSeq] = change.split("-").map(Number);
  return formatCursor({
    epoch,
    ms: ms ?? 0,
    seq: seq ?? 0,
    total,
    changeMs: changeMs ?? 0,
    changeSeq: changeSeq ?? 0,
  });
}

/** Negative when `a` is before `b`, 0 when equal, positive after. */
export function compareLogIds(a: string, b: string): number {
  const [aMs = 0, aSeq = 0] = a.split("-").map(Number);
  const [bMs = 0, bSeq = 0] = b.split("-").map(Number);
  return aMs - bMs || aSeq - bSeq;
}
