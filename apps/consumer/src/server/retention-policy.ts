import type { Config } from "@taskpulse/runtime";
import type { RetentionPolicy } from "@taskpulse/store";

const DAY_S = 86_400;
/**
 * How far the clocks of consumers and Redis may be apart: signatures go by the former, what is
 * remembered by the latter.
 */
const CLOCKS_APART_S = 60;

/**
 * What is kept, and for how long. A signed request passes for twice the tolerance and the second in
 * which it was signed; its identity is remembered for longer than that, but never for more than a day.
 */
export function retentionPolicy(
  config: Pick<
    Config,
    "retentionTasks" | "retentionDays" | "dedupSeconds" | "signatureToleranceSeconds"
  >,
): RetentionPolicy {
  const replayableS = 2 * config.signatureToleranceSeconds + 1 + CLOCKS_APART_S;
  return {
    maxTasks: config.retentionTasks,
    maxAgeMs: config.retentionDays * DAY_S * 1_000,
    rememberMs: Math.min(Math.max(config.dedupSeconds, replayableS), DAY_S) * 1_000,
  };
}
