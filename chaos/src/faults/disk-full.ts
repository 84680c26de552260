import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { newestAppendFile } from "./append-file.ts";
import type { FaultContext, PreparedFault } from "./fault.ts";
import { firstAckAfterRedis } from "./redis-return.ts";

/**
 * Redis may not make its append-only file larger than it is now and a little more, which is what a
 * full disk does to it: a write ends short. The limit goes with the process.
 */
export function diskFull({ site, chance, acks }: FaultContext): PreparedFault {
  const room = chance.below(8_192);
  return {
    what: `disk full after ${room} more bytes`,
    near: "A",
    strike() {
      const pid = site.launched.pid("redis");
      if (pid === undefined) return false;
      const { size } = statSync(newestAppendFile(site.launched.redisDir));
      site.crashes.spend();
      const limit = spawnSync("prlimit", [`--pid=${pid}`, `--fsize=${size + room}:`]);
      if (limit.status !== 0) throw new Error(`prlimit failed: ${limit.stderr}`);
      return true;
    },
    heal: async () => ({
      firstAckAfterPongMs: await firstAckAfterRedis(site.launched.redisUrl, acks),
    }),
  };
}
