/**
 * A cursor is one position in what happened to tasks. To programs outside it is opaque; inside it is
 * `<epoch>.<ms>-<seq>.<total>.<change ms>-<change seq>`: the store's epoch, the id in the task log
 * (a Redis stream id), how many tasks had been received up to there, which is what tells a reader
 * how many it missed, and the id in the stream of changes of state. The last part may be missing.
 */
export interface CursorParts {
  epoch: string;
  ms: number;
  seq: number;
  total: number;
  /** 0 and 0: before the first change of state. */
  changeMs: number;
  changeSeq: number;
}

const CURSOR = /^([a-z0-9]{1,32})\.(\d{1,15})-(\d{1,15})\.(\d{1,15})(?:\.(\d{1,15})-(\d{1,15}))?$/;

export function formatCursor(parts: CursorParts): string {
  const { epoch, ms, seq, total, changeMs, changeSeq } = parts;
  return `${epoch}.${ms}-${seq}.${total}.${changeMs}-${changeSeq}`;
}

/** Returns null for anything that no Taskpulse has handed out. */
export function parseCursor(text: string): CursorParts | null {
  const [, epoch, ms, seq, total, changeMs = 0, changeSeq = 0] = CURSOR.exec(text) ?? [];
  if (epoch === undefined) return null;
  return {
    epoch,
    ms: Number(ms),
    seq: Number(seq),
    total: Number(total),
    changeMs: Number(changeMs),
    changeSeq: Number(changeSeq),
  };
}

/**
 * Negative when `a` is before `b`, 0 when equal, positive after. Null when they can't be compared:
 * one is not a cursor, or they belong to different epochs.
 */
export function compareCursors(a: string, b: string): number | null {
  const left = parseCursor(a);
  const right = parseCursor(b);
  if (left === null || right === null || left.epoch !== right.epoch) return null;
  return (
    left.ms - right.ms ||
    left.seq - right.seq ||
    left.changeMs - right.changeMs ||
    left.changeSeq - right.changeSeq
  );
}
