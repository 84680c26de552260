import type { Task } from "@taskpulse/contract";
import { CopyButton, visibleText } from "@taskpulse/ui";
import { memo, type ReactNode } from "react";

const TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
/** A letter of a script that is written from right to left (Unicode, Bidi_Class R and AL). */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * Every field of a task. Not its very text: the store sorts the fields, and a number is written in the
 * shortest way. Made once: it may be a megabyte, and the ages above it change every second.
 */
export const JsonView = memo(function JsonView({ task }: { task: Task }) {
  const json = visibleText(JSON.stringify(task, null, 2));
  return (
    <section aria-labelledby="json-title">
      <div className="mb-2 flex items-center justify-between">
        <h3 id="json-title" className="text-label font-medium text-muted">
          All fields, as JSON
        </h3>
        <CopyButton wordy text={json} what="the JSON" />
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto rounded border border-line bg-sunken p-3 font-mono text-label"
      >
        {isolated(json)}
      </pre>
    </section>
  );
});

/** Each text from right to left stands alone, so that a name and its value do not change places. */
function isolated(json: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const { 0: text, index } of json.matchAll(TEXT)) {
    if (!RIGHT_TO_LEFT.test(text)) continue;
    parts.push(json.slice(end, index));
    parts.push(
      <bdi key={index} dir="ltr">
        {text}
      </bdi>,
    );
    end = index + text.length;
  }
  parts.push(json.slice(end));
  return parts;
}
