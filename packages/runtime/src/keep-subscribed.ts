import { type Redis, ReplyError } from "ioredis";
import type { Logger } from "./logger.ts";

/**
 * Subscribes again to everything that was subscribed to, whenever the connection is back. ioredis
 * does so, too, but once: if the connection goes again before Redis has answered, it forgets the
 * channels, and nobody looks at the promise, which ends the process.
 */
export function keepSubscribed(redis: Redis, log: Logger): void {
  const wanted = { subscribe: new Set<string>(), psubscribe: new Set<string>() };
  const { sendCommand } = redis;
  redis.sendCommand = (command, stream) => {
    const channels = command.args.map(String);
    switch (command.name) {
      case "subscribe":
      case "psubscribe":
        for (const channel of channels) wanted[command.name].add(channel);
        command.promise.catch((error: unknown) => {
          // Anything else means that the connection went: it is done again.
          if (error instanceof ReplyError) log.error({ err: error, channels }, "can't subscribe");
        });
        break;
      case "unsubscribe":
        for (const channel of channels) wanted.subscribe.delete(channel);
        break;
      case "punsubscribe":
        for (const channel of channels) wanted.psubscribe.delete(channel);
        break;
    }
    return sendCommand.call(redis, command, stream);
  };
  redis.on("ready", () => {
    if (wanted.subscribe.size > 0) void redis.subscribe(...wanted.subscribe);
    if (wanted.psubscribe.size > 0) void redis.psubscribe(...wanted.psubscribe);
  });
}
