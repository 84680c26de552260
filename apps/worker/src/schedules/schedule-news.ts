import { type Keys, scheduleNewsChannel } from "@taskpulse/store";
import type { Redis } from "ioredis";

/**
 * Tells of schedules that have become active, with the time of their next run in ms since the epoch.
 * News may be missed while Redis is away, so that it is told once more when it is back, with 0.
 *
 * @param subscriber in subscriber mode; others may listen on it as well
 */
export function followScheduleNews(
  subscriber: Redis,
  keys: Keys,
  tell: (nextMs: number) => void,
): Disposable {
  const channel = scheduleNewsChannel(keys);
  const onMessage = (from: string, message: string): void => {
    if (from === channel) tell(Number(message));
  };
  const onReady = (): void => {
    // The answer comes after that to SUBSCRIBE: from then on no news is missed.
    subscriber.ping().then(
      () => tell(0),
      // The connection went away again; "ready" comes once more.
      () => {},
    );
  };
  subscriber.on("message", onMessage);
  subscriber.on("ready", onReady);
  // What is subscribed to stays so over outages, also if Redis is away now.
  subscriber.subscribe(channel).then(onReady, () => {});
  return {
    [Symbol.dispose]() {
      subscriber.off("message", onMessage);
      subscriber.off("ready", onReady);
    },
  };
}
