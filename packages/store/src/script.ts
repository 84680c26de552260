import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script that is sent once and then called by its hash (Redis EVALSHA). */
export interface Script {
  readonly source: string;
  readonly sha1: string;
}

export function defineScript(source: string): Script {
  return { source, sha1: createHash("sha1").update(source).digest("hex") };
}

/**
 * Runs a script; Redis forgets scripts when it restarts, so an unknown hash is answered by sending
 * the source. Rejects with ioredis' errors. The shape of the reply is the script's own: the caller
 * names it, and it must fit what the Lua code returns.
 */
export async function runScript<Reply>(
  redis: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<Reply> {
  const flat = [...keys, ...args];
  try {
    return (await redis.evalsha(script.sha1, keys.length, ...flat)) as Reply;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return (await redis.eval(script.source, keys.length, ...flat)) as Reply;
  }
}
