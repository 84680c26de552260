"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiAnswer, type ApiFailure, type SendOptions, sendJson } from "../board/read-api.ts";

export type Outcome<T = unknown> =
  | { kind: "done"; words: string; value: T }
  | { kind: "failed"; failure: ApiFailure };

export interface Deed extends SendOptions {
  path: string;
  /** What is said when it is done. */
  done: string;
}

/**
 * One thing at a time that the reader has the server do: whether it is under way, and what came of
 * the last one.
 *
 * @param onSettled called when the server has answered, whatever it said: what is shown may be old
 */
export function useAct(onSettled: () => void) {
  const [acting, setActing] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  const settled = useRef(onSettled);
  settled.current = onSettled;
  const act = useCallback(async <T>({ path, done, ...options }: Deed): Promise<ApiAnswer<T>> => {
    setActing(true);
    setOutcome(null);
    const answer = await sendJson<T>(path, options);
    if (gone.current) return answer;
    setActing(false);
    setOutcome(
      answer.ok
        ? { kind: "done", words: done, value: answer.value }
        : { kind: "failed", failure: answer },
    );
    settled.current();
    return answer;
  }, []);
  const forget = useCallback(() => setOutcome(null), []);
  return { acting, outcome, act, forget };
}
