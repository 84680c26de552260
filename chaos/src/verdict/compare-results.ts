import type { Subscriber } from "../load/subscribe.ts";
import type { Note, ResultNote } from "../remotes/journal.ts";
import type { ExpectedRun } from "./expected-run.ts";
import { roundsOf } from "./run-rules.ts";
import type { StoredRuns } from "./stored-runs.ts";

/** What became of result webhooks. */
export interface ResultFindings {
  /** How many different ones have arrived, and how many times in all. */
  readonly results: number;
  readonly arrivals: number;
  /** Ended, and its webhook has not been taken. */
  readonly untold: readonly string[];
  /** Told what nobody asked for, what is not so, or under another id or with another body. */
  readonly mistold: readonly string[];
}

/** Every task that asked for it is told of at least once, under one id and with one body; no other is. */
export function compareResults(
  expected: readonly ExpectedRun[],
  { runs }: StoredRuns,
  subscribers: readonly Subscriber[],
  notes: readonly Note[],
): ResultFindings {
  const told = notes.filter((note) => note.kind === "told");
  const byId = Map.groupBy(told, ({ webhookId }) => webhookId);
  const untold: string[] = [];
  const mistold: string[] = [];
  const asked = new Map<string, "finished" | "failed">();
  for (const task of expected) {
    const run = runs.get(task.taskid);
    if (run === undefined) continue;
    const rounds = roundsOf(run);
    for (const [round, { end }] of rounds.entries()) {
      if (end !== "succeeded" && end !== "failed") continue;
      for (const id of idsOf(task, round, subscribers)) {
        asked.set(id, end === "succeeded" ? "finished" : "failed");
        // One that was run again at once tells of its last end only.
        const mustBeTold = round === rounds.length - 1;
        const taken = byId.get(id)?.some(({ answered }) => answered === 200) ?? false;
        if (mustBeTold && !taken) untold.push(`${id} (${task.name}) ended as ${end}`);
      }
    }
  }
  for (const [id, arrivals] of byId) {
    const wrong = wrongArrival(id, arrivals, asked.get(id));
    if (wrong !== null) mistold.push(`${id} ${wrong}`);
  }
  return { results: byId.size, arrivals: told.length, untold, mistold };
}

/** The `webhook-id` of each that is to be told. */
function idsOf(
  { taskid, priority, hasWebhook }: ExpectedRun,
  round: number,
  subscribers: readonly Subscriber[],
): string[] {
  const fitting = subscribers.filter((subscriber) => subscriber.priority === priority);
  return [
    ...(hasWebhook ? [`${taskid}-${round}`] : []),
    ...fitting.map(({ subscriptionid }) => `${taskid}-${round}-${subscriptionid}`),
  ];
}

function wrongArrival(
  id: string,
  arrivals: readonly ResultNote[],
  asked: ResultNote["status"] | undefined,
): string | null {
  if (asked === undefined) return "was asked for by nobody, or has not ended so";
  const foreign = arrivals.find(({ taskid }) => !id.startsWith(`${taskid}-`));
  if (foreign !== undefined) return `told of ${foreign.taskid}`;
  const other = arrivals.find(({ status }) => status !== asked);
  if (other !== undefined) return `said ${other.status}, not ${asked}`;
  return new Set(arrivals.map(({ hash }) => hash)).size === 1 ? null : "had different bodies";
}
