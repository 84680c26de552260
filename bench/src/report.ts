import { mkdir, writeFile } from "node:fs/promises";
import { type MeasuredOn, measuredOnWords } from "@taskpulse/test-kit";
import type { BoardMemoryFigures } from "./board-memory.ts";
import type { DeliveryFigures } from "./delivery.ts";
import type { IngestFigures } from "./ingest.ts";
import type { LatencyFigures } from "./latency.ts";
import type { PickupFigures, RunRateFigures, UrgencyFigures } from "./runs.ts";
import type { VerificationFigures } from "./verification.ts";

export interface Report {
  measuredAt: string;
  machine: MeasuredOn;
  ingest: IngestFigures[];
  verification: VerificationFigures[];
  redisBytesPerTask: number;
  latency: LatencyFigures[];
  delivery: DeliveryFigures;
  boardMemory: BoardMemoryFigures;
  idleCommandsPerSecond: number;
  pickup: PickupFigures;
  runRate: RunRateFigures;
  urgency: UrgencyFigures;
}

interface Row {
  what: string;
  figure: string;
  goal: string;
  reached: boolean;
}

function rows(report: Report): Row[] {
  const all: Row[] = [];
  const row = (what: string, figure: string, goal: string, reached: boolean) =>
    all.push({ what, figure, goal, reached });
  for (const { perRequest, boards, connections, signed, ...figures } of report.ingest) {
    const what = perRequest === 1 ? "Single tasks" : `Arrays of ${perRequest}`;
    const name = `${what}, ${signed ? "signed" : "unsigned"}`;
    const where = `${connections} connections, ${boards} boards`;
    const rate = `${count(figures.medianTasksPerSecond)} tasks/s`;
    if (perRequest > 1) {
      row(`${name}, ${where}`, rate, "≥ 60,000 tasks/s", figures.medianTasksPerSecond >= 60_000);
      continue;
    }
    const least = leastRatio(signed, boards);
    row(
      `${name}, ${where}: rate by the bare server's`,
      `${figures.medianRatio.toFixed(2)} (${rate})`,
      `≥ ${least}`,
      figures.medianRatio >= least,
    );
    if (boards === 0) {
      row(
        `${name}, ${where}: p99`,
        `${figures.medianP99Ms} ms`,
        "< 25 ms",
        figures.medianP99Ms < 25,
      );
    }
  }
  for (const { bodyBytes, medianMicroseconds } of report.verification) {
    row(
      `Verifying a signature over ${count(bodyBytes)} B`,
      `${medianMicroseconds.toFixed(1)} µs`,
      "< 15 µs",
      medianMicroseconds < 15,
    );
  }
  row(
    "Redis memory per task, log entry included",
    `${Math.round(report.redisBytesPerTask)} B`,
    "< 450 B",
    report.redisBytesPerTask < 450,
  );
  for (const { perSecond, frame } of report.latency) {
    const slow = perSecond <= 200;
    const value = slow ? frame.p50 : frame.p99;
    row(
      `POST to the browser's frame at ${count(perSecond)}/s, ${slow ? "median" : "p99"}`,
      `${value.toFixed(1)} ms`,
      slow ? "< 15 ms" : "< 100 ms",
      value < (slow ? 15 : 100),
    );
  }
  row(
    `Producer, wait 0, concurrency ${report.delivery.concurrency}`,
    `${count(report.delivery.medianTasksPerSecond)} tasks/s`,
    "≥ 3,000 tasks/s",
    report.delivery.medianTasksPerSecond >= 3_000,
  );
  runRows(report, row);
  const [few, many] = report.boardMemory.heapBytes;
  row(
    `Board's heap after ${count(many?.seen ?? 0)} tasks by that after ${count(few?.seen ?? 0)}`,
    report.boardMemory.growth.toFixed(2),
    "≤ 1.20",
    report.boardMemory.growth <= 1.2,
  );
  row(
    "Board's time between animation frames under load, p95",
    `${report.boardMemory.frameP95Ms.toFixed(1)} ms`,
    "< 34 ms",
    report.boardMemory.frameP95Ms < 34,
  );
  return all;
}

function runRows(
  { runRate, pickup, urgency, idleCommandsPerSecond }: Report,
  row: (what: string, figure: string, goal: string, reached: boolean) => void,
): void {
  const rate = runRate.medianTasksPerSecond;
  row("Callback tasks, end to end", `${count(rate)} tasks/s`, "≥ 1,500 tasks/s", rate >= 1_500);
  for (const [name, value, goal] of [
    ["median", pickup.pickup.p50, 20],
    ["p99", pickup.pickup.p99, 150],
  ] as const) {
    const what = `POST of a callback task to its call at ${count(pickup.perSecond)}/s, ${name}`;
    row(what, `${value.toFixed(1)} ms`, `< ${goal} ms`, value < goal);
  }
  const wait = urgency.criticalWait.max;
  const behind = `under a backlog of ${count(urgency.backlog)} Low`;
  row(
    `The same of a Critical task ${behind}, max`,
    `${wait.toFixed(0)} ms`,
    "< 250 ms",
    wait < 250,
  );
  const low = urgency.lowPerSecondBesideCritical;
  const beside = `${count(urgency.criticalPerSecond)} Critical/s`;
  row(`Low calls beside ${beside}`, `${count(low)}/s`, "> 0/s", low > 0);
  row(
    "Commands that Redis runs while nothing happens",
    `${idleCommandsPerSecond.toFixed(0)}/s`,
    "< 50/s",
    idleCommandsPerSecond < 50,
  );
}

function leastRatio(signed: boolean, boards: number): number {
  if (boards >= 50) return 0.3;
  return signed ? 0.33 : 0.35;
}

/** Writes `latest.json` and `README.md`. @returns the table. */
export async function writeReport(folder: string, report: Report): Promise<string> {
  const table = [
    "| what | figure | goal | reached |",
    "| --- | ---: | ---: | --- |",
    ...rows(report).map(
      ({ what, figure, goal, reached }) =>
        `| ${what} | ${figure} | ${goal} | ${reached ? "yes" : "no"} |`,
    ),
  ].join("\n");
  const text = [
    "# Figures",
    "",
    `Measured ${report.measuredAt.slice(0, 10)} on ${measuredOnWords(report.machine)}; Redis with`,
    "`appendfsync always`, load generator, browser and system on the same machine. `npm run bench` measures again.",
    ...report.latency.map(
      ({ perSecond, warmUpSeconds, warmUp }) =>
        `The ${warmUpSeconds} s before "POST to the browser at ${count(perSecond)}/s", in which processes just started compile: p99 ${warmUp.frame.p99.toFixed(1)} ms.`,
    ),
    "",
    table,
    "",
  ].join("\n");
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/latest.json`, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(`${folder}/README.md`, text);
  return table;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
