import type { MeasuredOn } from "@taskpulse/test-kit";
import type { RunResult } from "../fault-run.ts";
import { FAULT_KINDS } from "../faults/fault.ts";
import type { Sender } from "../load/ledger.ts";
import type { AwayFigures } from "../redis-away.ts";
import { MOST_ACK_AGE_MS } from "../strike-all.ts";
import type { RunFindings } from "../verdict/compare-runs.ts";
import { verdict } from "../verdict/verdict.ts";

const MOST_FIRST_ACK_MS = 2_000;
const MOST_RSS_MIB = 512;
/** Stored (202 by the API), wrongly timed (while a clock is wrong), not now, and no answer at all. */
const EXPECTED_ANSWERS: ReadonlySet<string> = new Set(["200", "202", "401", "503", "none"]);

const SENDER_NAMES: Record<Sender, string> = {
  direct: "direct senders",
  producers: "producers",
  runs: "direct senders, to be run",
};

export interface Report {
  readonly measuredAt: string;
  readonly machine: MeasuredOn;
  readonly seed: number;
  readonly minutes: number;
  readonly result: RunResult;
  readonly away: readonly AwayFigures[];
}

/** Everything that went wrong; empty when the product kept its word. */
export function problems({ result, away }: Pick<Report, "result" | "away">): string[] {
  const found = verdict(result.findings);
  const changed = result.again?.changed ?? [];
  if (changed.length > 0) {
    found.push(`after a second start: ${changed.length} changed, among them ${changed[0]}`);
  }
  for (const [answer, times] of Object.entries(result.answers)) {
    if (!EXPECTED_ANSWERS.has(answer)) found.push(`${times} answers were ${answer}`);
  }
  for (const { number, ackAgeMs } of result.faults) {
    if (ackAgeMs > MOST_ACK_AGE_MS) {
      found.push(`fault ${number} came ${ackAgeMs.toFixed(0)} ms after an acknowledgement`);
    }
  }
  for (const { number, firstAckAfterPongMs = 0 } of result.faults) {
    if (firstAckAfterPongMs >= MOST_FIRST_ACK_MS) {
      found.push(`after fault ${number} the first 200 took ${firstAckAfterPongMs.toFixed(0)} ms`);
    }
  }
  for (const { away: how, peakRssMib, firstAckAfterPongMs, lost } of away) {
    if (peakRssMib >= MOST_RSS_MIB) found.push(`${peakRssMib} MiB while Redis was ${how}`);
    if (firstAckAfterPongMs >= MOST_FIRST_ACK_MS) {
      found.push(`the first 200 after Redis was ${how} took ${firstAckAfterPongMs.toFixed(0)} ms`);
    }
    if (lost > 0) found.push(`${lost} lost while Redis was ${how}`);
  }
  return found;
}

export interface Promised {
  readonly ofEach: number;
  readonly acknowledged: number;
  readonly boards: number;
}

/** What a run was to do and has not; a run that does less shows less. */
export function shortfalls(
  { faults, findings }: RunResult,
  { ofEach, acknowledged, boards }: Promised,
): string[] {
  const found: string[] = [];
  for (const kind of FAULT_KINDS) {
    const times = faults.filter((fault) => fault.kind === kind).length;
    if (times < ofEach) found.push(`${kind}: ${times} times, not ${ofEach}`);
  }
  const total = findings.comparison.lines.reduce((sum, line) => sum + line.acknowledged, 0);
  if (total < acknowledged) found.push(`${total} tasks were acknowledged, not ${acknowledged}`);
  if (findings.boards.length < boards) {
    found.push(
      `${findings.boards.length} boards were watched, not ${boards}: is there a Chromium?`,
    );
  }
  return found;
}

/** Markdown, readable as it is. */
export function tables({ result, away }: Pick<Report, "result" | "away">): string {
  const { findings, faults } = result;
  const { comparison, producers, boards } = findings;
  const parts = [
    table(
      ["sent by", "sent", "acknowledged", "acknowledgements", "stored", "lost", "double"],
      comparison.lines.map((line) => [
        SENDER_NAMES[line.sender],
        ...[line.sent, line.acknowledged, line.acknowledgements, line.stored],
        ...[line.lost.length, line.double.length],
      ]),
    ),
  ];
  if (producers.some(({ batches }) => batches > 0)) {
    parts.push(
      table(
        ["asked of", "batches", "tasks", "delivered", "acknowledged", "stored"],
        producers.map((line) => [
          `producer ${line.producer}`,
          ...[line.batches, line.tasks, line.delivered, line.acknowledged, line.stored],
        ]),
      ),
    );
  }
  if (findings.runs !== undefined) parts.push(runsTable(findings.runs));
  if (findings.schedules !== undefined && findings.schedules.schedules > 0) {
    const { schedules, planned, made, missed } = findings.schedules;
    parts.push(
      table(
        ["schedules", "runs planned", "made", "told as missed"],
        [[schedules, planned, made, missed]],
      ),
    );
  }
  parts.push(
    table(
      ["board", "shows", "store holds", "same"],
      boards.map(({ board, shown, stored, same }) => [
        board,
        shown ?? "nothing",
        stored,
        same ? "yes" : "no",
      ]),
    ),
  );
  if (result.again !== null) {
    const { tasks, runs, deadLetters, changed } = result.again;
    parts.push(
      table(
        ["after a second start", "tasks", "of them run", "dead letters", "changed"],
        [["found", tasks, runs, deadLetters, changed.length]],
      ),
    );
  }
  const answers = Object.entries(result.answers).sort(([a], [b]) => (a < b ? -1 : 1));
  parts.push(table(["direct senders were answered", "times"], answers));
  if (faults.length > 0) parts.push(faultTable(result));
  if (away.length > 0) {
    parts.push(
      table(
        ["Redis for a minute under full load", "consumer's memory, peak", "first 200 after PONG"],
        away.map((line) => [
          line.away,
          `${line.peakRssMib} MiB`,
          `${Math.round(line.firstAckAfterPongMs)} ms`,
        ]),
      ),
    );
  }
  return parts.join("\n\n");
}

function runsTable(runs: RunFindings): string {
  const { expected, byState, calls, mostCalls, interrupted, reports, results, arrivals } = runs;
  const { succeeded = 0, failed = 0, cancelled = 0 } = byState;
  return table(
    [
      "tasks to be run",
      ...["succeeded", "failed", "cancelled", "not ended"],
      ...["calls that remotes heard", "of one task, at most", "attempts interrupted"],
      ...["reports taken"],
      ...["results told", "arrivals of these"],
    ],
    [
      [
        expected,
        ...[succeeded, failed, cancelled, expected - succeeded - failed - cancelled],
        ...[calls, mostCalls, interrupted, reports, results, arrivals],
      ],
    ],
  );
}

function faultTable({ faults }: RunResult): string {
  const kinds = FAULT_KINDS.filter((kind) => faults.some((fault) => fault.kind === kind));
  const rows = kinds.map((kind) => {
    const mine = faults.filter((fault) => fault.kind === kind);
    const first = mine.flatMap(({ firstAckAfterPongMs }) => firstAckAfterPongMs ?? []);
    return [
      kind,
      mine.length,
      `${most(mine.map(({ ackAgeMs }) => ackAgeMs)).toFixed(1)} ms`,
      `${(most(mine.map(({ lastedMs }) => lastedMs)) / 1_000).toFixed(1)} s`,
      first.length === 0 ? "" : `${Math.round(most(first))} ms`,
    ];
  });
  return table(
    [
      "fault",
      "times",
      "after an acknowledgement, at most",
      "lasted, at most",
      "first 200 after Redis' PONG, at most",
    ],
    rows,
  );
}

function most(values: readonly number[]): number {
  return Math.max(0, ...values);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => (typeof cell === "number" ? cell.toLocaleString("en-US") : cell)).join(" | ")} |`;
  const rule = head.map((_, i) => (i === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
