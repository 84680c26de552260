import type { TaskDetail } from "@taskpulse/contract";
import { countOf, formatDuration } from "@taskpulse/ui/format";

export interface DueWords {
  /** With what is left of the time. */
  words: string;
  at: string;
}

/** What will happen to the task by itself, and when; null when it waits for no time. */
export function dueWords(detail: TaskDetail, now: number): DueWords | null {
  const { state, due_at, reported_later, waits_for } = detail;
  if (due_at === null) return null;
  const left = Date.parse(due_at) - now;
  const inTime = left > 0 ? `in ${wholeSeconds(left)}` : "any moment now";
  switch (state) {
    case "waiting":
      return { words: waits_for > 0 ? afterOthers(waits_for, left) : `runs ${inTime}`, at: due_at };
    case "retrying":
      return { words: `next try ${inTime}`, at: due_at };
    case "running":
      return reported_later ? { words: `the remote must report ${inTime}`, at: due_at } : null;
    case "received":
    case "queued":
    case "succeeded":
    case "failed":
    case "cancelled":
      return null;
    default:
      return state satisfies never;
  }
}

function afterOthers(count: number, left: number): string {
  const others = `runs after ${countOf(count, "other task")}`;
  return left > 0 ? `${others}, and not before ${wholeSeconds(left)} have passed` : others;
}

/** A countdown moves once a second, so it shows no fractions. */
function wholeSeconds(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000);
}
