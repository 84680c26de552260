import { PRIORITIES, type PriorityTotals } from "@taskpulse/contract";
import { classNames, PriorityGlyph } from "@taskpulse/ui";

/** The chart's numbers. A cell holds a number and nothing else, so that programs can read it. */
export function PriorityTable({
  totals,
  dimmed,
}: {
  totals: PriorityTotals | null;
  dimmed: boolean;
}) {
  return (
    <table className="w-full border-collapse text-left">
      <caption className="sr-only">Tasks Priority Matrix</caption>
      <thead>
        <tr className="border-b border-line-strong text-label text-muted">
          <th scope="col" className="py-2 font-medium">
            Priority
          </th>
          <th scope="col" className="py-2 text-right font-medium">
            Total
          </th>
        </tr>
      </thead>
      <tbody>
        {PRIORITIES.map((priority) => (
          <tr key={priority} className="border-b border-line">
            <td className="py-3 font-medium">
              <PriorityGlyph priority={priority} className="mr-2" />
              {priority}
            </td>
            <td
              className={classNames(
                "py-3 text-right text-title font-semibold",
                dimmed && "text-muted",
              )}
            >
              {totals?.[priority] ?? "–"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
