import { visibleText } from "@taskpulse/ui";

/** The beginning of what a server answered, as it is: it may be a page of HTML, or anything. */
export function ReplyBox({ reply, name }: { reply: string; name: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: no set of fields, and too small for a landmark
    <div
      role="group"
      aria-label={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-32 overflow-auto rounded border border-line bg-sunken px-2.5 py-1.5"
    >
      <pre className="font-mono text-label whitespace-pre-wrap [overflow-wrap:anywhere]">
        {visibleText(reply)}
      </pre>
    </div>
  );
}
