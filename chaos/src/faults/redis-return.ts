import { pingRedis, until } from "@taskpulse/test-kit";
import type { AckClock } from "../load/ack-clock.ts";
import { RECOVERY_LIMIT_MS } from "./fault.ts";

const LOOK_EVERY_MS = 5;

/**
 * Waits for a Redis that is going away to be gone and back.
 *
 * @returns how long after its first PONG consumer A, which was not restarted, first answered 200, in ms
 */
export async function firstAckAfterRedis(redisUrl: string, acks: AckClock): Promise<number> {
  const port = Number(new URL(redisUrl).port);
  const options = { timeoutMs: RECOVERY_LIMIT_MS, everyMs: LOOK_EVERY_MS };
  await until(async () => !(await pingRedis(port)), { ...options, what: "Redis to be gone" });
  await until(() => pingRedis(port), { ...options, what: "Redis to be back" });
  const pongAt = acks.now();
  const ackAt = await acks.next(RECOVERY_LIMIT_MS, "A");
  if (ackAt === null) throw new Error("consumer A did not take up again after Redis was back");
  return ackAt - pongAt;
}
