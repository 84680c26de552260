import { type Connections, Counter, type Logger, type Registry } from "@taskpulse/runtime";
import { GroupCommit, type Keys } from "@taskpulse/store";
import { ScheduleRunner } from "./schedule-runner.ts";

const DAY_MS = 86_400_000;

export interface SchedulesOptions {
  connections: Connections;
  keys: Keys;
  log: Logger;
  metrics: Registry;
  retentionDays: number;
  nowMs?: (() => number) | undefined;
}

/** Begins to make the runs of schedules. Disposing makes no more. */
export async function startSchedules(options: SchedulesOptions): Promise<AsyncDisposable> {
  const { connections, keys, log, metrics, retentionDays, nowMs = Date.now } = options;
  await using stack = new AsyncDisposableStack();
  const redis = await connections.connect("schedules");
  const subscriber = await connections.connect("schedule-news", "listens");
  const runs = new Counter({
    name: "taskpulse_schedule_runs_total",
    help: "Runs of schedules that were made here, on time or caught up, and planned times found missed.",
    labelNames: ["why"],
    registers: [metrics],
  });
  const commit = stack.use(new GroupCommit(redis, keys));
  stack.use(
    new ScheduleRunner({
      ...{ redis, subscriber, keys, commit, log, nowMs },
      keepDoneMs: retentionDays * DAY_MS,
      onRuns: (why, count) => runs.inc({ why }, count),
    }),
  );
  return stack.move();
}
