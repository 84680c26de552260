"use client";

import { useEffect, useState } from "react";

/** The time, anew every `everyMs`; `start` until the page is alive, so that server and browser agree. */
export function useNow(everyMs: number, start: number): number {
  const [now, setNow] = useState(start);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
