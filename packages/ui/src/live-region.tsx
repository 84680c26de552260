"use client";

import { useEffect, useRef, useState } from "react";

/**
 * Reads a text out politely each time it changes, and not when the page opens. The text should name
 * a state, not a value that moves: a counter in it would be read out without end.
 */
export function LiveRegion({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  const last = useRef(text);
  useEffect(() => {
    if (last.current === text) return;
    last.current = text;
    setSaid(text);
  }, [text]);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {said}
    </div>
  );
}
