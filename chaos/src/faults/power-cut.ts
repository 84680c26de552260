import { appendFileSync, statSync, truncateSync } from "node:fs";
import { until } from "@taskpulse/test-kit";
import { newestAppendFile } from "./append-file.ts";
import type { FaultContext, PreparedFault } from "./fault.ts";

/** While Redis stands still the apps go on sending to it: that is what the power cut catches. */
const GATHER_MS = 40;
const WRITE_LIMIT_MS = 400;

/** The beginning of a command, as it stands in the file when the write of it was torn. */
const TORN_COMMAND = "*5\r\n$4\r\nXADD\r\n$10\r\ntp:{0}:log\r\n$15\r\n176";

/**
 * What of the unfinished writes is on disk: their beginning; all of them and the beginning of one more;
 * or their beginning and zeros in the place of the rest, as some file systems leave it.
 */
const TEARS = ["less", "half a command more", "zeros instead"] as const;
type Tear = (typeof TEARS)[number];
const ZEROS = 4_096;

/**
 * Everything dies at once, and of what Redis wrote last only a part is on disk. What may be missing
 * is what nobody was told yet: first Redis is stopped, then the apps, and only then is the file's
 * size taken, up to which everything must survive. Then Redis goes on for a moment, writes what was
 * still on its way to it, and answers processes that will never hear it.
 */
export function powerCut({ site, chance, hold }: FaultContext): PreparedFault {
  const tear = chance.pick(TEARS);
  const share = chance.between(0, 1);
  return {
    what: "power cut",
    strike: () => site.launched.signal("redis", "SIGSTOP"),
    async heal() {
      await hold(GATHER_MS);
      site.signalApps("SIGSTOP");
      const fileBefore = newestAppendFile(site.launched.redisDir);
      const told = statSync(fileBefore).size;
      site.launched.signal("redis", "SIGCONT");
      await until(() => statSync(fileBefore).size > told, { timeoutMs: WRITE_LIMIT_MS }).catch(
        () => {
          // Nothing was on its way: then there is nothing to cut off.
        },
      );
      site.launched.signal("launcher", "SIGKILL");
      site.launched.signal("redis", "SIGKILL");
      site.signalApps("SIGKILL");
      await site.launched.ended();
      const detail = tearTail({ site, tear, share, fileBefore, told });
      await site.startAgain();
      return { detail };
    },
  };
}

function tearTail({
  site,
  tear,
  share,
  fileBefore,
  told,
}: Pick<FaultContext, "site"> & {
  tear: Tear;
  share: number;
  fileBefore: string;
  told: number;
}): string {
  const file = newestAppendFile(site.launched.redisDir);
  // A rewrite may just have begun a new file: all of it was written after everybody had stopped.
  const floor = file === fileBefore ? told : 0;
  const { size } = statSync(file);
  const kept = floor + Math.floor(share * (size - floor));
  switch (tear) {
    case "less":
      truncateSync(file, kept);
      break;
    case "half a command more":
      appendFileSync(file, TORN_COMMAND);
      break;
    case "zeros instead":
      truncateSync(file, kept);
      appendFileSync(file, Buffer.alloc(ZEROS));
      break;
    default:
      tear satisfies never;
  }
  const left = tear === "half a command more" ? size : kept;
  return `${left - floor} of ${size - floor} bytes that nobody was told of are left; ${tear}`;
}
