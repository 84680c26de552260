/**
 * A cursor is one position in the task log. To programs outside it is opaque; inside it is
 * `<epoch>.<ms>-<seq>.<total>`: the store's epoch, the log id (Redis stream id), and how many tasks
 * had been received up to there, which is what tells a reader how many it missed.
 */
export interface CursorParts {
  epoch: string;
  ms: number;
  seq: number;
  total: number;
}

const CURSOR = /^([a-z0-9]{1,32})\.(\d{1,15})-(\d{1,15})\.(\d{1,15})$/;

export function formatCursor({ epoch, ms, seq, total }: CursorParts): string {
  return `${epoch}.${ms}-${seq}.${total}`;
}

/** Returns null for anything that no Taskpulse has handed out. */
export function parseCursor(text: string): CursorParts | null {
  const [, epoch, ms, seq, total] = CURSOR.exec(text) ?? [];
  if (epoch === undefined) return null;
  return { epoch, ms: Number(ms), seq: Number(seq), total: Number(total) };
}

/**
 * Negative when `a` is before `b`, 0 when equal, positive after. Null when they can't be compared:
 * one is not a cursor, or they belong to different epochs.
 */
export function compareCursors(a: string, b: string): number | null {
  const left = parseCursor(a);
  const right = parseCursor(b);
  if (left === null || right === null || left.epoch !== right.epoch) return null;
  return left.ms - right.ms || left.seq - right.seq;
}
