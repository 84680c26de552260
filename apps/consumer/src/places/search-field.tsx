"use client";

import { classNames } from "@taskpulse/ui";
import { LoaderCircle, Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

/** Typing is searched for once it pauses. */
const TYPING_MS = 250;

export interface SearchFieldProps {
  /** What is searched, for its name. */
  name: string;
  placeholder: string;
  q: string;
  searching: boolean;
  onTyping: (typing: boolean) => void;
  onSearch: (q: string) => void;
}

export function SearchField({
  name,
  placeholder,
  q,
  searching,
  onTyping,
  onSearch,
}: SearchFieldProps) {
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
      <span className="sr-only">{name}</span>
      <Search aria-hidden size={14} className="pointer-events-none absolute left-2.5 text-muted" />
      <input
        type="search"
        value={text}
        maxLength={200}
        placeholder={placeholder}
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
