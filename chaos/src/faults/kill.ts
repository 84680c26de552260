import { until } from "@taskpulse/test-kit";
import type { Side } from "../load/ledger.ts";
import type { App } from "../site/clocks.ts";
import type { FaultContext, PreparedFault } from "./fault.ts";
import { RECOVERY_LIMIT_MS } from "./fault.ts";
import { firstAckAfterRedis } from "./redis-return.ts";

export function killApp({ site, chance, acks }: FaultContext, app: App): PreparedFault {
  const wanted = chance.pick<Side>(["A", "B"]);
  const side = wanted === "A" && !site.crashes.allows ? "B" : wanted;
  let killed: number | undefined;
  return {
    what: `kill -9 ${app} ${side}`,
    near: app === "consumer" ? side : undefined,
    strike() {
      killed = site.pid(side, app);
      if (side === "A") site.crashes.spend();
      return site.signal(side, app, "SIGKILL");
    },
    async heal() {
      const what = `${app} ${side} to come back`;
      await until(
        () => {
          const pid = site.pid(side, app);
          return pid !== undefined && pid !== killed;
        },
        { timeoutMs: RECOVERY_LIMIT_MS, what },
      );
      await serves(site.origins[app][side], what);
      if (app === "consumer") await acks.next(RECOVERY_LIMIT_MS, side);
      return {};
    },
  };
}

/** It is back on the same port after a moment in which connections are refused. */
export function killRemote({ site, chance }: FaultContext): PreparedFault {
  const remote = chance.pick(site.remotes);
  let killed: number | undefined;
  return {
    what: `kill -9 ${remote.name}`,
    strike() {
      killed = remote.kept.pid;
      return remote.kept.signal("SIGKILL");
    },
    async heal() {
      const what = `${remote.name} to come back`;
      await until(() => remote.kept.pid !== undefined && remote.kept.pid !== killed, {
        timeoutMs: RECOVERY_LIMIT_MS,
        what,
      });
      await serves(remote.origin, what);
      return {};
    },
  };
}

export function killRedis({ site, acks }: FaultContext): PreparedFault {
  return {
    what: "kill -9 Redis",
    near: "A",
    strike() {
      site.crashes.spend();
      return site.launched.signal("redis", "SIGKILL");
    },
    heal: async () => ({
      firstAckAfterPongMs: await firstAckAfterRedis(site.launched.redisUrl, acks),
    }),
  };
}

export function killLauncher({ site }: FaultContext): PreparedFault {
  return {
    what: "kill -9 launcher",
    strike: () => site.launched.signal("launcher", "SIGKILL"),
    async heal() {
      await site.startAgain();
      return {};
    },
  };
}

async function serves(origin: string, what: string): Promise<void> {
  await until(
    async () => (await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(500) })).ok,
    { timeoutMs: RECOVERY_LIMIT_MS, what },
  );
}
