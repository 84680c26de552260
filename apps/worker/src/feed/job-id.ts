import type { RunEntry } from "@taskpulse/store";

const TASKID_LENGTH = 26;

/**
 * The job of one entry of a run stream: `<taskid>-<entry id>`. Whoever makes it a second time makes
 * the same one. It carries nothing else: what is to be done stands in the store.
 */
export function jobIdOf({ taskid, entryId }: RunEntry): string {
  return `${taskid}-${entryId}`;
}

export function taskidOfJob(jobId: string): string {
  return jobId.slice(0, TASKID_LENGTH);
}
