import type { TaskDetail, TaskError } from "@taskpulse/contract";
import { visibleText } from "@taskpulse/ui";
import { JsonView } from "./json-view.tsx";
import { Part } from "./part.tsx";

/** What came of it: what it returned, or why it failed. */
export function TaskOutcome({ detail }: { detail: TaskDetail }) {
  const { state, result, error } = detail;
  if (error !== null) {
    return (
      <Part id="error-title" title="Why it failed">
        <ErrorWords error={error} />
      </Part>
    );
  }
  if (state !== "succeeded") return null;
  return <JsonView title="What it returned" what="the result" value={result} />;
}

/** The error's name, for programs and people alike, and its words. */
function ErrorWords({ error }: { error: TaskError }) {
  return (
    <p className="rounded border border-l-4 border-line border-l-critical-line px-3 py-2 break-words">
      <span className="mr-2 font-medium text-bad">
        {error.type}
        {error.status === undefined ? "" : ` ${error.status}`}
      </span>
      {visibleText(error.message)}
    </p>
  );
}
