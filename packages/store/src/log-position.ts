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
