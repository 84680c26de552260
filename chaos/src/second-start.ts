import { DELIVERY_STATES, type TaskDetail } from "@taskpulse/contract";
import { createKeys } from "@taskpulse/store";
import { until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { readSummary } from "./judge.ts";
import type { Site } from "./site/site.ts";
import { readStored } from "./verdict/stored.ts";
import { readRuns } from "./verdict/stored-runs.ts";

const ANSWER_LIMIT_MS = 15_000;
/** How many tasks the product is asked for one by one. */
const ASKED = 20;

/** What a start found after everything had been killed at once, at rest. */
export interface SecondStart {
  readonly tasks: number;
  readonly runs: number;
  readonly deadLetters: number;
  /** What is no longer as it was. */
  readonly changed: readonly string[];
}

/** Kills all of it, starts it again on the same data, and compares what it holds and tells. */
export async function secondStart(site: Site): Promise<SecondStart> {
  const before = await look(site);
  site.launched.signal("launcher", "SIGKILL");
  site.launched.signal("redis", "SIGKILL");
  site.signalApps("SIGKILL");
  await site.startAgain();
  const after = await look(site);
  const changed: string[] = [];
  for (const [name, text] of before.texts) {
    const now = after.texts.get(name);
    if (now !== text) changed.push(`${name}: ${now ?? "nothing"}, not ${text}`);
  }
  for (const name of after.texts.keys()) {
    if (!before.texts.has(name)) changed.push(`${name} was not there`);
  }
  return { ...before.counts, changed };
}

/** All that must survive, by name, as texts. */
async function look(site: Site) {
  const origin = site.origins.consumer.A;
  const { deliveryPrefix } = createKeys();
  const texts = new Map<string, string>();
  const redis = new Redis(site.launched.redisUrl);
  try {
    const { records } = await readStored(redis);
    const { runs, dead } = await readRuns(redis);
    for (const [key, record] of records) texts.set(`task ${key}`, JSON.stringify(record));
    for (const [taskid, run] of runs) texts.set(`run ${taskid}`, JSON.stringify(run));
    for (const taskid of dead) texts.set(`dead letter ${taskid}`, "there");
    const { cursor: _, ...summary } = await until(() => readSummary(origin), {
      ...{ timeoutMs: ANSWER_LIMIT_MS, what: "the summary" },
    });
    texts.set("the summary", JSON.stringify(summary));
    for (const taskid of [...runs.keys()].sort().slice(0, ASKED)) {
      const response = await fetch(`${origin}/api/tasks/${taskid}`);
      const { state, attempts, result, error } = (await response.json()) as TaskDetail;
      texts.set(`answer for ${taskid}`, JSON.stringify({ state, attempts, result, error }));
    }
    for (const path of ["schedules", "dead-letters", "subscriptions"]) {
      const response = await fetch(`${origin}/api/${path}`);
      texts.set(path, `${response.status} ${await response.text()}`);
    }
    for (const state of DELIVERY_STATES) {
      texts.set(`deliveries ${state}`, String(await redis.zcard(`${deliveryPrefix}s:${state}`)));
    }
    const counts = { tasks: records.size, runs: runs.size, deadLetters: dead.size };
    return { texts, counts };
  } finally {
    redis.disconnect();
  }
}
