import type { Connections } from "@taskpulse/runtime";
import type { Redis } from "ioredis";

/**
 * What BullMQ's queues and workers of this process take as their `connection`; they may share it.
 *
 * Each BullMQ worker blocks on a duplicate of it. That one must wait in silence for as long as
 * BullMQ wants, while this one replaces a connection that went silent, so they differ in role. Neither
 * sends a command a second time by itself: what was under way when Redis went is rejected, and BullMQ's
 * loops go on. With BullMQ's usual `maxRetriesPerRequest: null` it would be left unanswered.
 */
export async function connectForBull({ connect, open }: Connections): Promise<Redis> {
  const redis = alsoWhenFull(await connect("jobs"));
  redis.duplicate = () => alsoWhenFull(open("jobs-wait", "waits"));
  return redis;
}

/**
 * Lets BullMQ's scripts write in a store that has reached its memory limit. What was taken in before must be run
 * there, too: nothing else would ever make room, and what BullMQ keeps is little, as few jobs are ahead.
 */
function alsoWhenFull(redis: Redis): Redis {
  const define = redis.defineCommand.bind(redis);
  redis.defineCommand = (name, { lua, ...definition }) =>
    define(name, { ...definition, lua: `#!lua flags=allow-oom\n${lua}` });
  return redis;
}
