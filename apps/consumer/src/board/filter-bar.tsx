"use client";

import { PRIORITIES, type Priority } from "@taskpulse/contract";
import { classNames, shortId, visibleText } from "@taskpulse/ui";
import { LoaderCircle, Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { TaskFilter } from "./task-filter.ts";

/** Typing is searched for once it pauses. */
const TYPING_MS = 250;

export interface FilterBarProps {
  filter: TaskFilter;
  /** What is listed is not yet all that was asked for. */
  searching: boolean;
  /** Something is typed that is not searched for yet, or no longer. */
  onTyping: (typing: boolean) => void;
  /** Without `push` the step is not kept in the browser's history. */
  onChange: (filter: Partial<TaskFilter>, push?: boolean) => void;
}

export function FilterBar({ filter, searching, onTyping, onChange }: FilterBarProps) {
  return (
    <search className="noscript:hidden flex min-w-0 grow items-center gap-2 max-sm:order-3 max-sm:basis-full">
      <SearchField
        q={filter.q ?? ""}
        searching={searching}
        onTyping={onTyping}
        onSearch={(q) => onChange({ q: q || undefined }, false)}
      />
      {filter.batchid === undefined ? null : (
        <button
          type="button"
          onClick={() => onChange({ batchid: undefined })}
          aria-label={`Batch ${visibleText(filter.batchid)}: show all batches`}
          className="flex h-8 shrink-0 items-center gap-1 rounded border border-line-strong px-2 text-label font-medium hover:bg-sunken"
        >
          <span>
            Batch <span className="font-mono">{visibleText(shortId(filter.batchid, 6))}</span>
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

interface SearchFieldProps {
  q: string;
  searching: boolean;
  onTyping: (typing: boolean) => void;
  onSearch: (q: string) => void;
}

function SearchField({ q, searching, onTyping, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(q);
  const sent = useRef(q);
  const search = useRef(onSearch);
  search.current = onSearch;
  // The address changed by other means, such as "back".
  useEffect(() => {
    if (q === sent.current) return;
    sent.current = q;
    setText(q);
  }, [q]);
  useEffect(() => {
    const wanted = text.trim();
    onTyping(wanted !== sent.current);
    if (wanted === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = wanted;
      search.current(wanted);
      onTyping(false);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, onTyping]);
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
        className={classNames(
          "h-8 w-full min-w-0 rounded border border-line-strong bg-raised pl-8 text-label placeholder:text-muted",
          searching ? "pr-24" : "pr-2",
        )}
      />
      {searching ? (
        <span className="pointer-events-none absolute right-2.5 flex items-center gap-1.5 text-label text-muted">
          <LoaderCircle aria-hidden size={14} className="animate-turn" />
          searching…
        </span>
      ) : null}
    </label>
  );
}
