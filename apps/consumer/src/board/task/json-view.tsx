import { CopyButton, visibleText } from "@taskpulse/ui";
import { memo, type ReactNode, useId } from "react";
import { Part } from "./part.tsx";

const TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
/** A letter of a script that is written from right to left (Unicode, Bidi_Class R and AL). */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFE\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

export interface JsonViewProps {
  title: string;
  /** What its button copies. */
  what: string;
  value: unknown;
  level?: 2 | 3;
}

/**
 * A value that somebody sent. Not its very text: the store sorts the fields, and a number is written in the
 * shortest way. Made once: it may be a megabyte, and the ages beside it change every second.
 */
export const JsonView = memo(function JsonView({ title, what, value, level = 3 }: JsonViewProps) {
  const json = visibleText(JSON.stringify(value, null, 2) ?? "null");
  const id = useId();
  return (
    <Part id={id} title={title} level={level} beside={<CopyButton wordy text={json} what={what} />}>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto rounded border border-line bg-sunken p-3 font-mono text-label"
      >
        {isolated(json)}
      </pre>
    </Part>
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
