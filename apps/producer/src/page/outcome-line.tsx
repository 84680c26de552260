import { classNames } from "@taskpulse/ui";
import { type CSSProperties, memo } from "react";
import type { LineShape } from "./line-shape.ts";
import type { Outcome } from "./outcome-list.ts";
import { isDelivered, outcomeWords } from "./outcome-words.ts";

export interface OutcomeLineProps {
  outcome: Outcome;
  /** Place and size in pixels. */
  top: number;
  height: number;
  shape: LineShape;
}

/** `n out of N -- status -- json`, then what became of it. */
export const OutcomeLine = memo(function OutcomeLine(props: OutcomeLineProps) {
  const { outcome, top, height, shape } = props;
  const { index, total, status, task } = outcome;
  const delivered = isDelivered(outcome);
  const words = outcomeWords(outcome);
  return (
    <li
      data-index={index}
      className={classNames(
        "absolute inset-x-0 border-b border-line px-4",
        shape.wide ? "flex items-center whitespace-pre" : "py-1 break-all whitespace-pre-wrap",
      )}
      style={{ top, height }}
    >
      <span
        className={shape.wide ? "min-w-0 shrink truncate" : "line-clamp-(--rows)"}
        style={{ "--rows": shape.rows } as CSSProperties}
      >
        {`${index} out of ${total} -- `}
        <span className={classNames("font-semibold", delivered ? "text-info" : "text-bad")}>
          {status ?? "None"}
        </span>
        {` -- ${JSON.stringify(task)}`}
      </span>
      <span
        title={words}
        className={classNames(
          "truncate",
          shape.wide ? "ml-auto min-w-36 shrink-0 pl-4 text-right max-w-[45%]" : "block",
          delivered ? "text-muted" : "text-bad",
        )}
      >
        {` ${words}`}
      </span>
    </li>
  );
});
