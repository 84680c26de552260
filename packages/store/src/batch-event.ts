import {
  type AttemptOutcome,
  type BatchDone,
  PRIORITIES,
  type Priority,
  type TaskOutcome,
} from "@taskpulse/contract";

/**
 * What happened in a batch, as one short text per stream entry. The field's name is the kind:
 * `t` final outcome, `a` failed try that will be repeated, `d` the batch has ended. The values are
 * separated by tabs; the batch's id and size are known from the key, so they are left out:
 *
 *     t  index, status (0: none), tries, ms, priority 0–3, owner, reason?
 *     a  index, status, tries, ms, priority, owner, reason, ms until the next try
 *     d  state, total, delivered, failed
 */
export type BatchEvent =
  | { kind: "task"; id: string; data: TaskOutcome }
  | { kind: "attempt"; id: string; data: AttemptOutcome }
  | { kind: "done"; id: string; data: BatchDone };

/** The outcome of one try of one task. */
export interface SendOutcome {
  /** The task's id, from 0. */
  taskIndex: number;
  owner: string;
  priority: Priority;
  /** Null when nothing answered. */
  status: number | null;
  /** Tries so far, this one included. */
  tries: number;
  ms: number;
  /** `retry`: not final, the next try is due in `retryInMs`. */
  result:
    | { kind: "delivered" }
    | { kind: "undelivered"; reason: string }
    | { kind: "retry"; reason: string; retryInMs: number };
}

const SEPARATOR = "\t";
const MAX_REASON = 200;

export function packOutcome(outcome: SendOutcome): string {
  const { taskIndex, status, tries, ms, priority, owner, result } = outcome;
  const start = `${taskIndex + 1}\t${status ?? 0}\t${tries}\t${ms}\t${PRIORITIES.indexOf(priority)}\t${owner}`;
  switch (result.kind) {
    case "delivered":
      return start;
    case "undelivered":
      return `${start}\t${oneLine(result.reason)}`;
    case "retry":
      return `${start}\t${oneLine(result.reason)}\t${result.retryInMs}`;
    default:
      return result satisfies never;
  }
}

function oneLine(reason: string): string {
  return reason.replace(/\s+/g, " ").slice(0, MAX_REASON);
}

/** Reads one stream entry back; null for a kind that this version does not know. */
export function unpackEvent(
  batchid: string,
  batchTotal: number,
  id: string,
  kind: string,
  packed: string,
): BatchEvent | null {
  const fields = packed.split(SEPARATOR);
  if (kind === "d") {
    const [state, total, delivered, failed] = fields;
    return {
      kind: "done",
      id,
      data: {
        batchid,
        state: state === "cancelled" ? "cancelled" : "done",
        total: Number(total),
        delivered: Number(delivered),
        failed: Number(failed),
      },
    };
  }
  const [index, status, attempts, ms, digit, owner = "", reason, retryInMs] = fields;
  const data: TaskOutcome = {
    index: Number(index),
    total: batchTotal,
    status: Number(status) || null,
    attempts: Number(attempts),
    ms: Number(ms),
    task: {
      batchid,
      id: Number(index) - 1,
      owner,
      priority: PRIORITIES[Number(digit)] ?? "Low",
    },
    ...(reason === undefined ? {} : { reason }),
  };
  if (kind === "t") return { kind: "task", id, data };
  if (kind === "a") {
    return { kind: "attempt", id, data: { ...data, retryInMs: Number(retryInMs) } };
  }
  return null;
}
