/**
 * A program: holds a list of processes, and sends each of them its signal once whoever started this
 * one is gone. The other end of its input closes then, whatever has ended that process.
 */
import { createInterface } from "node:readline";

/** A line of its input, as JSON: the signal for a process that now runs, null for one that has ended. */
export interface ReaperNote {
  readonly pid: number;
  readonly signal: NodeJS.Signals | null;
}

const signals = new Map<number, NodeJS.Signals>();

for await (const line of createInterface({ input: process.stdin })) {
  const { pid, signal } = JSON.parse(line) as ReaperNote;
  if (signal === null) signals.delete(pid);
  else signals.set(pid, signal);
}
for (const [pid, signal] of signals) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
