const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `12408` → `12,408`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** `1 task`, `12,408 tasks`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Per second: one decimal below 10, where it tells something, none above. */
export function formatRate(perSecond: number): string {
  if (perSecond <= 0) return "0";
  return perSecond < 9.95 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

const two = (n: number) => String(n).padStart(2, "0");

export interface TimeFormat {
  /** Adds `.mmm`. */
  millis?: boolean;
  /** UTC instead of the reader's zone: what a server that can't know the zone renders. */
  utc?: boolean;
}

/** `hh:mm:ss` or `hh:mm:ss.mmm`, 24 hours; `--:--:--` for what is not a time. */
export function formatTime(at: number | string | Date, { millis, utc }: TimeFormat = {}): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return millis ? "--:--:--.---" : "--:--:--";
  const [h, m, s] = utc
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds()];
  const time = `${two(h)}:${two(m)}:${two(s)}`;
  return millis ? `${time}.${String(date.getUTCMilliseconds()).padStart(3, "0")}` : time;
}

/** `2026-11-22 10:42:07.311`, 24 hours, in the reader's zone unless `utc`. */
export function formatDateTime(at: number | string | Date, format: TimeFormat = {}): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "unknown";
  const [y, m, d] = format.utc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    : [date.getFullYear(), date.getMonth(), date.getDate()];
  return `${y}-${two(m + 1)}-${two(d)} ${formatTime(date, format)}`;
}

/** The two largest units: `4 ms`, `1.2 s`, `41 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return "–";
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago, in one unit: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export function formatAge(at: number | string | Date, now: number): string {
  const seconds = Math.floor((now - new Date(at).getTime()) / 1_000);
  if (Number.isNaN(seconds)) return "unknown";
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The start of an identifier, enough to tell batches apart: `6f1c2a90…`. */
export function shortId(id: string, length = 8): string {
  return id.length > length + 1 ? `${id.slice(0, length)}…` : id;
}
