import type { Side } from "../load/ledger.ts";
import type { App } from "../site/clocks.ts";
import { type FaultContext, type PreparedFault, RECOVERY_LIMIT_MS } from "./fault.ts";

/** Three in ten outlast the 2 s within which a consumer promises to answer. */
function freezeMs({ chance, patience }: FaultContext): number {
  if (chance.happens(0.3)) return chance.between(2_100, 2_500 + 1_500 * patience);
  return chance.between(200, 400 + 1_100 * patience);
}

/** Four in ten outlast the lock of a worker's jobs: they are given to another, and then it goes on. */
function freezeWorkerMs({ chance, patience }: FaultContext): number {
  if (chance.happens(0.4)) return chance.between(4_500, 5_500 + 5_000 * patience);
  return chance.between(200, 400 + 2_100 * patience);
}

export function freezeApp(context: FaultContext, app: App): PreparedFault {
  const { site, chance, acks, hold } = context;
  const side = chance.pick<Side>(["A", "B"]);
  const ms = app === "worker" ? freezeWorkerMs(context) : freezeMs(context);
  return {
    what: `freeze ${app} ${side} for ${seconds(ms)}`,
    near: app === "consumer" ? side : undefined,
    strike: () => site.signal(side, app, "SIGSTOP"),
    async heal() {
      await hold(ms);
      site.signal(side, app, "SIGCONT");
      if (app === "consumer") await acks.next(RECOVERY_LIMIT_MS, side);
      return {};
    },
  };
}

export function freezePart(context: FaultContext, part: "redis" | "launcher"): PreparedFault {
  const { site, acks, hold } = context;
  const ms = freezeMs(context);
  return {
    what: `freeze ${part === "redis" ? "Redis" : part} for ${seconds(ms)}`,
    strike: () => site.launched.signal(part, "SIGSTOP"),
    async heal() {
      await hold(ms);
      site.launched.signal(part, "SIGCONT");
      await acks.next(RECOVERY_LIMIT_MS);
      return {};
    },
  };
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
