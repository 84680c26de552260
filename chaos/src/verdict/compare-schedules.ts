import { createKeys, taskidOf } from "@taskpulse/store";
import type { Redis } from "ioredis";
import {
  type AskedSchedule,
  SCHEDULED_INTERVALS,
  SCHEDULED_RETRIES,
} from "../load/schedule-load.ts";
import type { ExpectedRun } from "./expected-run.ts";
import type { Stored } from "./stored.ts";

/** What became of schedules that have an end. */
export interface ScheduleFindings {
  readonly schedules: number;
  /** Runs that were planned, made, and told as missed. */
  readonly planned: number;
  readonly made: number;
  readonly missed: number;
  /** Not at its end, or runs that were neither made nor told as missed, or both, or never planned. */
  readonly unkept: readonly string[];
}

/** A schedule as Redis holds it, read key by key. */
export interface StoredSchedule {
  readonly state: string | undefined;
  readonly runs: number;
  /** Planned times, in ms since the epoch. */
  readonly missed: readonly number[];
}

export async function readSchedules(
  redis: Redis,
  asked: readonly AskedSchedule[],
): Promise<Map<string, StoredSchedule>> {
  const { schedulePrefix } = createKeys();
  const read = async ({ scheduleid }: AskedSchedule): Promise<[string, StoredSchedule]> => {
    const record = await redis.hgetall(`${schedulePrefix}record:${scheduleid}`);
    const missed = await redis.lrange(`${schedulePrefix}missed:${scheduleid}`, 0, -1);
    const { state, runs } = record;
    return [scheduleid, { state, runs: Number(runs), missed: missed.map(Number) }];
  };
  return new Map(await Promise.all(asked.map(read)));
}

/** Every planned run was made, or told as missed by a schedule that may miss some; once. */
export function compareSchedules(
  asked: readonly AskedSchedule[],
  schedules: ReadonlyMap<string, StoredSchedule>,
  stored: Stored,
): ScheduleFindings {
  const madeOf = Map.groupBy(stored.records.values(), ({ batchid }) => batchid);
  const sums = { planned: 0, made: 0, missed: 0 };
  const unkept: string[] = [];
  for (const { scheduleid, batchid, missed: policy, planned } of asked) {
    const note = (what: string) => unkept.push(`${scheduleid} (${batchid}, ${policy}) ${what}`);
    const { state, runs, missed } = schedules.get(scheduleid) ?? NOTHING;
    const made = (madeOf.get(batchid) ?? []).map(({ id }) => plannedAt(id, scheduleid));
    sums.planned += planned.length;
    sums.made += made.length;
    sums.missed += missed.length;
    if (state !== "done") note(`is ${state ?? "unknown"}`);
    if (runs !== made.length) note(`counts ${runs} runs, made ${made.length}`);
    const known = [...made, ...missed].sort((a, b) => a - b);
    if (known.join() !== planned.join()) {
      note(`made ${times(made)}, missed ${times(missed)}, planned ${times(planned)}`);
    }
    if (policy === "catch_up" && missed.length > 0) note(`has missed ${missed.length}`);
  }
  return { schedules: asked.length, ...sums, unkept };
}

/** The tasks that schedules have made, each of which has to have been run. */
export function scheduledRuns(asked: readonly AskedSchedule[], stored: Stored): ExpectedRun[] {
  const batches = new Set(asked.map(({ batchid }) => batchid));
  const made = [...stored.records.values()].filter(({ batchid }) => batches.has(batchid));
  return made.map(({ batchid, id, priority }) => ({
    ...{ taskid: taskidOf(batchid, id), name: `${batchid} ${id}`, priority },
    ...{
      script: ["ok"],
      maxRetries: SCHEDULED_RETRIES,
      intervals: [...SCHEDULED_INTERVALS],
      after: [],
    },
    notBefore: 0,
    ...{ hasWebhook: false, product: null, command: null },
  }));
}

const NOTHING: StoredSchedule = { state: undefined, runs: 0, missed: [] };

/** The id of such a task is `<scheduleid>/<planned time>`. */
function plannedAt(id: string | number, scheduleid: string): number {
  const [schedule, time = ""] = String(id).split("/");
  return schedule === scheduleid ? Date.parse(time) : Number.NaN;
}

function times(list: readonly number[]): string {
  const words = list.map((ms) =>
    Number.isNaN(ms) ? "another's" : new Date(ms).toISOString().slice(11, 19),
  );
  return `[${words.join(" ")}]`;
}
