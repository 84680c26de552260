const WIDTH = 118;
const HEIGHT = 24;

/** One thin bar per second, the newest at the right. An ornament: the figure beside it says it. */
export function Sparkline({
  history,
  dimmed,
}: {
  history: readonly number[];
  /** They are not the newest seconds. */
  dimmed: boolean;
}) {
  const top = Math.max(1, ...history);
  const step = WIDTH / Math.max(1, history.length);
  const path = history
    .map((count, i) => {
      if (count <= 0) return "";
      const height = Math.max(1.5, (count / top) * HEIGHT);
      return `M${(i * step).toFixed(1)} ${HEIGHT}v${(-height).toFixed(1)}h${(step - 0.6).toFixed(1)}v${height.toFixed(1)}z`;
    })
    .join("");
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-7 min-w-0 max-w-60 grow self-end border-b border-line"
    >
      <path d={path} className={dimmed ? "fill-line-strong" : "fill-accent-text"} />
    </svg>
  );
}
