"use client";

import { useSearchParams } from "next/navigation";
import { useCallback } from "react";

/**
 * The address's query and a way to change it without asking the server. `push` leaves a step that
 * "back" returns to; without it the current one is replaced, as while typing.
 */
export function useQuery() {
  const query = useSearchParams();
  const change = useCallback((edit: (query: URLSearchParams) => URLSearchParams, push: boolean) => {
    const next = edit(new URLSearchParams(location.search)).toString();
    const url = next === "" ? location.pathname : `${location.pathname}?${next}`;
    if (push) history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  }, []);
  return { query, change };
}
