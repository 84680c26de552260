import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

const KIND = {
  info: { Icon: Info, word: "Note", tone: "text-info", edge: "border-l-moderate-line" },
  warn: { Icon: TriangleAlert, word: "Warning", tone: "text-warn", edge: "border-l-major-line" },
  error: { Icon: CircleAlert, word: "Error", tone: "text-bad", edge: "border-l-critical-line" },
} as const;

export interface NoticeProps {
  kind?: keyof typeof KIND;
  /** What happened, in one sentence. */
  title: ReactNode;
  /** What it means and what to do. */
  children?: ReactNode;
  action?: ReactNode;
  /** The mark of the state that is explained, 18 px, instead of the kind's own. */
  mark?: ReactNode;
  /** Read out at once as it appears: for errors that follow something the reader did. */
  urgent?: boolean;
  className?: string;
}

export function Notice({
  kind = "info",
  title,
  children,
  action,
  mark,
  urgent = false,
  className,
}: NoticeProps) {
  const { Icon, word, tone, edge } = KIND[kind];
  return (
    <div
      role={urgent ? "alert" : undefined}
      className={classNames(
        "flex items-start gap-3 rounded border border-l-4 max-sm:flex-wrap border-line bg-raised px-4 py-3",
        edge,
        className,
      )}
    >
      <span className={classNames("mt-px shrink-0", tone)}>
        {mark ?? <Icon aria-hidden size={18} />}
      </span>
      <div className="min-w-0 flex-1 max-sm:min-w-52">
        <p className="font-medium">
          <span className="sr-only">{word}: </span>
          {title}
        </p>
        {children === undefined ? null : <div className="mt-0.5 text-muted">{children}</div>}
      </div>
      {/* Where it has no room beside the words, it stands under them. */}
      {action ? <div className="max-sm:pl-7.5">{action}</div> : null}
    </div>
  );
}
