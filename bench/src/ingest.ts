import { until } from "@taskpulse/test-kit";
import { startChild } from "./child.ts";
import { type LoadResult, runLoad } from "./load.ts";
import type { System } from "./system.ts";

export interface IngestFigures {
  boards: number;
  signed: boolean;
  perRequest: number;
  connections: number;
  rounds: { bare: LoadResult; taskpulse: LoadResult; ratio: number }[];
  /** Median over the rounds of Taskpulse's rate by the bare server's, measured side by side. */
  medianRatio: number;
  medianTasksPerSecond: number;
  medianP99Ms: number;
}

export interface IngestPlan {
  boards: number;
  /** Whether the load carries signatures; the bare server gets the same requests. */
  signed: boolean;
  perRequest: number;
  connections: number;
  rounds: number;
  seconds: number;
}

/** Bare server and Taskpulse in turn, so that what slows this machine slows both. */
export async function measureIngest(system: System, plan: IngestPlan): Promise<IngestFigures> {
  const { boards, signed, perRequest, connections, seconds } = plan;
  await using stack = new AsyncDisposableStack();
  const watchers =
    boards === 0
      ? null
      : stack.use(await startChild("./boards.ts", [system.consumer, String(boards)]));
  const load = { connections, perRequest, seconds, signed };
  let acknowledged = await system.settledTotal();
  const rounds: IngestFigures["rounds"] = [];
  for (let round = 0; round <= plan.rounds; round++) {
    const bare = await runLoad(system.bare, load);
    const taskpulse = await runLoad(system.consumer, load);
    // autocannon stops in the middle of requests: what it did not wait for may be stored too.
    const stored = await system.settledTotal();
    const counted = acknowledged + taskpulse.acknowledged * perRequest;
    const unread = stored - counted;
    if (unread < 0 || unread > connections * perRequest) {
      throw new Error(`ingest: ${counted} tasks were acknowledged, ${stored} are stored`);
    }
    acknowledged = stored;
    const ratio = taskpulse.requestsPerSecond / bare.requestsPerSecond;
    // The first round warms up.
    if (round > 0) rounds.push({ bare, taskpulse, ratio });
  }
  if (watchers !== null) {
    await until(
      async () => {
        const { boards: shown } = await watchers.ask<{ boards: { total: number }[] }>("show");
        return shown.every((board) => board.total === acknowledged);
      },
      { what: "every board to show what is stored" },
    );
  }
  return {
    boards,
    signed,
    perRequest,
    connections,
    rounds,
    medianRatio: median(rounds.map(({ ratio }) => ratio)),
    medianTasksPerSecond: median(
      rounds.map(({ taskpulse }) => taskpulse.requestsPerSecond * perRequest),
    ),
    medianP99Ms: median(rounds.map(({ taskpulse }) => taskpulse.p99Ms)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}
