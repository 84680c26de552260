import { countOf, formatTime } from "@taskpulse/ui/format";
import type { Connection } from "./connection-state.ts";

/**
 * The connection in words that stay the same while it does: read out once per change. What moves
 * by itself (ages, countdowns) is only shown.
 */
export function connectionWords(connection: Connection, utc = false): string {
  switch (connection.kind) {
    case "connecting":
      return "connecting";
    case "live":
      return "live";
    case "reconnecting":
      return `reconnecting since ${formatTime(connection.since, { utc })}`;
    case "stale":
      return `stale since ${formatTime(connection.since, { utc })}`;
    case "away":
      return connection.since === null
        ? "store away"
        : `store away since ${formatTime(connection.since, { utc })}`;
    case "signed-out":
      return "signed out";
    case "caught-up": {
      const { arrived, gap } = connection;
      const missing = gap > 0 ? `, ${countOf(gap, "task")} counted but not listed` : "";
      return `caught up, ${countOf(arrived, "task")}${missing}`;
    }
    default:
      return connection satisfies never;
  }
}
