import { Button, formatCount } from "@taskpulse/ui";
import { MAX_HELD_ROWS } from "./list-rows.ts";
import type { TaskListView } from "./list-view.ts";

/** What comes after the last row, when no more are awaited. */
export function ListFooter({ list, onRetry }: { list: TaskListView; onRetry: () => void }) {
  if (list.failure !== null) {
    return (
      <div className="flex h-full items-center gap-3 px-4 text-label">
        <span className="min-w-0 grow text-bad">
          {list.rows.length === 0 ? "The tasks" : "Older tasks"} could not be read. {list.failure}
        </span>
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      </div>
    );
  }
  if (list.complete) return <Words text="That is all that is kept." />;
  if (list.rows.length >= MAX_HELD_ROWS) {
    return (
      <Words
        text={`These are ${formatCount(MAX_HELD_ROWS)}. Filter or search to go further back.`}
      />
    );
  }
  return null;
}

function Words({ text }: { text: string }) {
  return <p className="flex h-full items-center justify-center text-label text-muted">{text}</p>;
}
