import type { TaskRow } from "@taskpulse/contract";
import { visibleText } from "@taskpulse/ui";

/** A task in one line of words: what a row of the list is called. */
export function taskLine({ batchid, id, owner, priority }: TaskRow): string {
  const line = `Batch ID. = ${batchid} -- Task ID. = ${id} -- Owner = ${owner} -- Priority = ${priority}`;
  return visibleText(line);
}
