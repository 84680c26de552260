/** What a remote does with one call. */
export const DEEDS = [
  "ok",
  /** Succeeds, but takes its time. */
  "slow",
  /** Answers `failure`: not to be tried again. */
  "fail",
  "500",
  "503",
  /** Never answers. */
  "hang",
  /** Breaks the connection instead of answering. */
  "reset",
  /** 202, and a report after a while. */
  "late",
  /** As `late`, but the report says that it has failed. */
  "late-fail",
  /** The report goes out before the 202. */
  "early",
  /** The report goes out twice. */
  "twice",
  /** 202, and never a report. */
  "never",
] as const;
export type Deed = (typeof DEEDS)[number];

/** What an endpoint does at the first attempt, the second, …; the last one repeats. */
export type Script = readonly [Deed, ...Deed[]];

/** Deeds by which a task may succeed. */
export const SUCCEEDS: ReadonlySet<Deed> = new Set(["ok", "slow", "late", "early", "twice"]);
/** Deeds by which a task may fail with what the remote says. */
export const REFUSES: ReadonlySet<Deed> = new Set(["fail", "late-fail"]);
/** Deeds that answer 202. */
export const ACCEPTS: ReadonlySet<Deed> = new Set(["late", "late-fail", "early", "twice", "never"]);

const PREFIX = "/run/";

/** The path of an endpoint that follows the script: all that a remote needs to know. */
export function scriptPath(script: Script): string {
  return PREFIX + script.join(".");
}

/** Null when the path names no script. @param attempt from 1 */
export function deedAt(path: string, attempt: number): Deed | null {
  if (!path.startsWith(PREFIX)) return null;
  const names = path.slice(PREFIX.length).split(".");
  const name = names[Math.min(attempt, names.length) - 1];
  return DEEDS.find((deed) => deed === name) ?? null;
}
