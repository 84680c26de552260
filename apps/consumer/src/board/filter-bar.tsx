"use client";

import { PRIORITIES, type Priority } from "@taskpulse/contract";
import { shortId } from "@taskpulse/ui";
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { TaskFilter } from "./task-filter.ts";

/** Typing is searched for once it pauses. */
const TYPING_MS = 250;

export interface FilterBarProps {
  filter: TaskFilter;
  /** Without `push` the step is not kept in the browser's history. */
  onChange: (filter: Partial<TaskFilter>, push?: boolean) => void;
}

export function FilterBar({ filter, onChange }: FilterBarProps) {
  return (
    <search className="flex min-w-0 grow items-center gap-2 max-sm:order-3 max-sm:basis-full">
      <SearchField q={filter.q ?? ""} onSearch={(q) => onChange({ q: q || undefined }, false)} />
      {filter.batchid === undefined ? null : (
        <button
          type="button"
          onClick={() => onChange({ batchid: undefined })}
          aria-label={`Batch ${filter.batchid}: show all batches`}
          className="flex h-8 shrink-0 items-center gap-1 rounded border border-line-strong px-2 text-label font-medium hover:bg-sunken"
        >
          <span>
            Batch <span className="font-mono">{shortId(filter.batchid, 6)}</span>
          </span>
          <X aria-hidden size={14} />
        </button>
      )}
      <select
        aria-label="Priority"
        value={filter.priority ?? ""}
        onChange={({ target }) =>
          onChange({ priority: PRIORITIES.find((p: Priority) => p === target.value) })
        }
        className="h-8 shrink-0 rounded border border-line-strong bg-raised px-2 text-label font-medium"
      >
        <option value="">All priorities</option>
        {PRIORITIES.map((priority) => (
          <option key={priority} value={priority}>
            {priority}
          </option>
        ))}
      </select>
    </search>
  );
}

function SearchField({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const [text, setText] = useState(q);
  const sent = useRef(q);
  // The address changed by other means, such as "back".
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setText(q);
  }, [q]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = wanted;
      onSearch(wanted);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, onSearch]);
  return (
    <label className="relative flex min-w-0 grow items-center">
      <span className="sr-only">Search tasks</span>
      <Search aria-hidden size={14} className="pointer-events-none absolute left-2.5 text-muted" />
      <input
        type="search"
        value={text}
        maxLength={200}
        placeholder="Owner, batch, id, any text"
        onChange={({ target }) => setText(target.value)}
        className="h-8 w-full min-w-0 rounded border border-line-strong bg-raised pr-2 pl-8 text-label placeholder:text-muted"
      />
    </label>
  );
}
