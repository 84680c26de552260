import type { Side } from "../load/ledger.ts";
import { APPS } from "../site/clocks.ts";
import type { FaultContext, PreparedFault } from "./fault.ts";
import { seconds } from "./freeze.ts";

/** Beyond the 300 s within which a signature is taken for fresh. */
const LEAST_MS = 310_000;
const MOST_MS = 7_200_000;

export function clockSkew({ site, chance, patience, hold }: FaultContext): PreparedFault {
  const side = chance.pick<Side>(["A", "B"]);
  const app = chance.pick(APPS);
  const offsetMs = chance.between(LEAST_MS, MOST_MS) * chance.pick([1, -1]);
  const ms = chance.between(600, 800 + 2_200 * patience);
  const direction = offsetMs > 0 ? "ahead" : "behind";
  return {
    what: `clock of ${app} ${side} ${Math.round(Math.abs(offsetMs) / 1_000)} s ${direction} for ${seconds(ms)}`,
    near: app === "consumer" ? side : undefined,
    strike() {
      site.clocks.set(side, app, offsetMs);
      return true;
    },
    async heal() {
      await hold(ms);
      site.clocks.set(side, app, 0);
      return {};
    },
  };
}
