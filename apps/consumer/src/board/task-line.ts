import type { TaskRow } from "@taskpulse/contract";

/** A task in one line of words: what a row of the list is called. */
export function taskLine({ batchid, id, owner, priority }: TaskRow): string {
  return `Batch ID. = ${batchid} -- Task ID. = ${id} -- Owner = ${owner} -- Priority = ${priority}`;
}
