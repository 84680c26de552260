"use client";

import { PRIORITIES, TASK_STATES } from "@taskpulse/contract";
import { shortId, visibleText } from "@taskpulse/ui";
import { X } from "lucide-react";
import { Choice } from "../places/choice.tsx";
import { SearchField } from "../places/search-field.tsx";
import type { TaskFilter } from "./task-filter.ts";

export interface FilterBarProps {
  filter: TaskFilter;
  /** What is listed is not yet all that was asked for. */
  searching: boolean;
  showsStates: boolean;
  /** Something is typed that is not searched for yet, or no longer. */
  onTyping: (typing: boolean) => void;
  /** Without `push` the step is not kept in the browser's history. */
  onChange: (filter: Partial<TaskFilter>, push?: boolean) => void;
}

export function FilterBar(props: FilterBarProps) {
  const { filter, searching, showsStates, onTyping, onChange } = props;
  return (
    <search className="noscript:hidden flex min-w-0 grow items-center gap-2 @max-[700px]:order-3 @max-[700px]:basis-full">
      <SearchField
        name="Search tasks"
        placeholder="Owner, batch, id, any text"
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
      <Choice
        name="Priority"
        all="All priorities"
        options={PRIORITIES}
        chosen={filter.priority}
        onChoose={(priority) => onChange({ priority })}
      />
      {showsStates || filter.state !== undefined ? (
        <Choice
          name="State"
          all="All states"
          options={TASK_STATES}
          chosen={filter.state}
          onChoose={(state) => onChange({ state })}
        />
      ) : null}
    </search>
  );
}
