import { formatCursor } from "@taskpulse/contract";

/** A place in the task log: the id of the last entry seen, and how many tasks there were by then. */
export interface LogPosition {
  id: string;
  total: number;
}

export function toCursor(epoch: string, { id, total }: LogPosition): string {
  const [ms, seq] = id.split("-");
  return formatCursor({ epoch, ms: Number(ms), seq: Number(seq), total });
}

/** Negative when `a` is before `b`, 0 when equal, positive after. */
export function compareLogIds(a: string, b: string): number {
  const [aMs = 0, aSeq = 0] = a.split("-").map(Number);
  const [bMs = 0, bSeq = 0] = b.split("-").map(Number);
  return aMs - bMs || aSeq - bSeq;
}
