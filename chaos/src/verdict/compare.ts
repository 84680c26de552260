import { PRIORITIES, type Priority, type PriorityTotals, type Totals } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { chaosNumber, chaosTask } from "../load/chaos-task.ts";
import { type Contradiction, type Ledger, SENDERS, type Sender } from "../load/ledger.ts";
import type { Stored } from "./stored.ts";

/** Identities of one kind of sender, as told and as stored. */
interface SenderLine {
  readonly sender: Sender;
  readonly sent: number;
  /** Identities, however often they were acknowledged. */
  readonly acknowledged: number;
  readonly acknowledgements: number;
  readonly stored: number;
  /** Acknowledged, and neither in the records nor in the log, or only in one of them. */
  readonly lost: readonly string[];
  /** More than one log entry, or called new more than once. */
  readonly double: readonly string[];
}

export interface Comparison {
  readonly lines: readonly SenderLine[];
  /** Stored, but never sent. */
  readonly unknown: readonly string[];
  /** Stored with other fields than were sent first. */
  readonly altered: readonly string[];
  /** Answers that called new what had been acknowledged before. */
  readonly contradictions: readonly Contradiction[];
  /** How the product's counters differ from what is stored. */
  readonly miscounted: readonly string[];
}

/** What was sent under an identity; null where that is not known. */
export type SentAs = (
  batchid: string,
  id: number | string,
) => { readonly owner: string; readonly priority: Priority } | null;

/** Tasks that are only recorded. */
export function sentDirectly(seed: number): SentAs {
  return (batchid, id) => {
    const n = chaosNumber(seed, batchid, id);
    return n === null ? null : chaosTask(seed, n);
  };
}

/**
 * Holds what senders were told against what is stored.
 * @param isMade whether the tasks of a batch are the product's own: schedules have made them
 */
export function compare(
  ledger: Ledger,
  stored: Stored,
  summary: Totals,
  sentAs: SentAs,
  isMade: (batchid: string) => boolean = () => false,
): Comparison {
  const lines = SENDERS.map((sender) => line(sender, ledger, stored));
  const unknown = [];
  const altered = [];
  for (const [key, { batchid, id, owner, priority, taskid }] of stored.records) {
    if (!ledger.accounts.has(key) && !isMade(batchid)) unknown.push(key);
    if (taskid !== taskidOf(batchid, id)) altered.push(key);
    const sent = sentAs(batchid, id);
    if (sent === null) continue;
    if (sent.owner !== owner || sent.priority !== priority) altered.push(key);
  }
  return {
    lines,
    unknown,
    altered,
    contradictions: ledger.contradictions,
    miscounted: miscounted(stored, summary),
  };
}

function line(sender: Sender, ledger: Ledger, stored: Stored): SenderLine {
  const lost = [];
  const double = [];
  const counts = { sent: 0, acknowledged: 0, acknowledgements: 0, stored: 0 };
  for (const [key, account] of ledger.accounts) {
    if (account.sender !== sender) continue;
    const record = stored.records.get(key);
    const entries = record === undefined ? 0 : (stored.logged.get(record.taskid) ?? 0);
    counts.sent += 1;
    counts.acknowledgements += account.acknowledgements;
    if (record !== undefined) counts.stored += 1;
    if (account.firstAckAt !== null) {
      counts.acknowledged += 1;
      if (entries === 0) lost.push(key);
    }
    if (entries > 1 || account.accepted > 1) double.push(key);
  }
  return { sender, ...counts, lost, double };
}

function miscounted(stored: Stored, summary: Totals): string[] {
  const problems: string[] = [];
  const expect = (what: string, found: number, expected: number) => {
    if (found !== expected) problems.push(`${what}: ${found}, not ${expected}`);
  };
  const records = stored.records.size;
  const entries = [...stored.logged.values()].reduce((sum, count) => sum + count, 0);
  expect("entries in the log", entries, records);
  expect("taskids in the log", stored.logged.size, records);
  expect("total", stored.totals.total, records);
  expect("total of GET /api/summary", summary.total, records);
  const states = Object.values(summary.byState).reduce((sum, count) => sum + count, 0);
  expect("states of GET /api/summary together", states, records);
  const counted = countByPriority(stored);
  for (const priority of PRIORITIES) {
    expect(`total of ${priority}`, stored.totals.byPriority[priority], counted[priority]);
    expect(`${priority} of GET /api/summary`, summary.byPriority[priority], counted[priority]);
  }
  return problems;
}

export function countByPriority(stored: Stored): PriorityTotals {
  const counts = Object.fromEntries(PRIORITIES.map((priority) => [priority, 0])) as {
    -readonly [priority in keyof PriorityTotals]: number;
  };
  for (const { priority } of stored.records.values()) counts[priority] += 1;
  return counts;
}
