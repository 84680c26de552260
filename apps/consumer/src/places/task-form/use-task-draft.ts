"use client";

import type { HandlerInfo, HandlerList } from "@taskpulse/contract";
import { useCallback, useState } from "react";
import { errorAt as serverErrorAt } from "../fields-of.ts";
import type { Outcome } from "../use-act.ts";
import { useReading } from "../use-reading.ts";
import { EMPTY_DRAFT, type ReadDraft, readDraft, type TaskDraft } from "./task-draft.ts";

/** Workers come and go. */
const LOOK_EVERY_MS = 15_000;

/**
 * A task that is being written, and what is wrong with it: by the form itself, and by the server.
 *
 * @param outcome what the server said of the last that was sent
 * @param prefix where the task stands in what is sent: `task.` in a schedule
 */
export function useTaskDraft(outcome: Outcome | null, prefix = "") {
  const [draft, setDraft] = useState<TaskDraft>(EMPTY_DRAFT);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const list = useReading<HandlerList>("/api/handlers", { everyMs: LOOK_EVERY_MS });
  const handlers: readonly HandlerInfo[] | null = list.value?.handlers ?? null;
  const change = useCallback((part: Partial<TaskDraft>) => {
    setDraft((now) => ({ ...now, ...part }));
    setWrong({});
  }, []);
  const read = useCallback((): ReadDraft => {
    const read = readDraft(draft, handlers ?? []);
    setWrong(read.kind === "wrong" ? read.errors : {});
    return read;
  }, [draft, handlers]);
  const errorAt = (path: string) => wrong[path] ?? serverErrorAt(outcome, `${prefix}${path}`);
  return { draft, change, read, errorAt, handlers };
}
