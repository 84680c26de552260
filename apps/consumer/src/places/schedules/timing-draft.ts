import type { MissedPolicy, Timing } from "@taskpulse/contract";
import { countOf } from "@taskpulse/ui/format";

export const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;

/** When a schedule runs, as it is being written. Dates are those of a clock on the wall. */
export interface TimingDraft {
  way: "cron" | "every" | "at";
  cron: string;
  every: string;
  unit: Unit;
  at: string;
  timezone: string;
  startsAt: string;
  endsAt: string;
  missed: MissedPolicy;
}

export const EMPTY_TIMING: Omit<TimingDraft, "timezone"> = {
  way: "cron",
  cron: "0 9 * * MON-FRI",
  every: "5",
  unit: "minutes",
  at: "",
  startsAt: "",
  endsAt: "",
  missed: "skip",
};

/**
 * What the server takes for it. An interval knows no time zone, so that its bounds are told by the
 * reader's own clock.
 */
export function timingRequest(draft: TimingDraft): Record<string, unknown> {
  const { way, cron, every, unit, at, startsAt, endsAt } = draft;
  const timezone = draft.timezone.trim();
  if (way === "at") return { at, timezone };
  const bound = (text: string) => (way === "every" ? new Date(text).toISOString() : text);
  const bounds = {
    ...(startsAt === "" ? {} : { starts_at: bound(startsAt) }),
    ...(endsAt === "" ? {} : { ends_at: bound(endsAt) }),
  };
  if (way === "cron") return { cron: cron.trim(), timezone, ...bounds };
  const count = Number(every);
  const seconds = every.trim() === "" || Number.isNaN(count) ? every : count * UNITS[unit];
  return { every: seconds, ...bounds };
}

/** A schedule's times in words. */
export function timingWords(timing: Timing): string {
  if ("at" in timing) return `once, ${timing.at.replace("T", " ")}`;
  if ("cron" in timing) return timing.cron;
  const { every } = timing;
  const units = (Object.keys(UNITS) as Unit[]).toReversed();
  const unit = units.find((name) => every % UNITS[name] === 0 && every >= UNITS[name]) ?? "seconds";
  const count = every / UNITS[unit];
  return count === 1 ? `every ${unit.slice(0, -1)}` : `every ${countOf(count, unit, unit)}`;
}

export function zoneOf(timing: Timing): string | null {
  return "timezone" in timing ? timing.timezone : null;
}

/** `Mon 30 Mar 2026, 09:00:00`, as a clock in that zone shows it. */
export function formatInZone(at: string, timezone: string | null): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ weekday: "short", day: "numeric", month: "short", year: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
    ...(timezone === null ? {} : { timeZone: timezone }),
  });
  return format.format(new Date(at));
}
