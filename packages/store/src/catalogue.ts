import type { Redis } from "ioredis";
import { defineScript, runScript } from "./script.ts";

/**
 * What workers can do, by name, for those that take tasks: a hash of `<ms when a worker last had it>
 * <JSON>`. Workers of several versions may run side by side, so each adds to it and none takes away: a
 * name goes when no worker has had it for a day. What is said of it is what the worker said that
 * started last.
 */
const FORGOTTEN_AFTER_MS = 86_400_000;

/**
 * KEYS the hash. ARGV `announce` or `renew`, how old a name may be in ms, then name and JSON of each.
 * `allow-oom`: workers must be able to start on a full store. What is not of this form was written by
 * another version and stays.
 */
const writeScript = defineScript(`#!lua flags=allow-oom
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for i = 3, #ARGV, 2 do
  local json = ARGV[i + 1]
  if ARGV[1] == 'renew' then
    local known = redis.call('HGET', KEYS[1], ARGV[i])
    json = known and string.match(known, '^%d+ (.*)$') or json
  end
  redis.call('HSET', KEYS[1], ARGV[i], string.format('%.0f ', now) .. json)
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local seen = tonumber(string.match(all[i + 1], '^(%d+) '))
  if seen and now - seen > tonumber(ARGV[2]) then redis.call('HDEL', KEYS[1], all[i]) end
end
return redis.call('HLEN', KEYS[1])
`);

/** Names, each with something that can be written as JSON. */
export type CatalogueEntries = Readonly<Record<string, object>>;

/**
 * Says that this worker has these: `announce` at its start, what others said of a name is replaced;
 * `renew` now and then, it stays.
 */
export async function writeCatalogue(
  redis: Redis,
  key: string,
  how: "announce" | "renew",
  entries: CatalogueEntries,
  forgottenAfterMs: number = FORGOTTEN_AFTER_MS,
): Promise<void> {
  const named = Object.entries(entries).flatMap(([name, entry]) => [name, JSON.stringify(entry)]);
  await runScript<number>(redis, writeScript, [key], [how, forgottenAfterMs, ...named]);
}

/** By name, in alphabetical order, the JSON that was said of it; empty when nobody ever wrote it. */
export async function readCatalogue(redis: Redis, key: string): Promise<Map<string, string>> {
  const all = Object.entries(await redis.hgetall(key));
  const said = all.map(([name, value]): [string, string] => [name, value.replace(/^\d+ /, "")]);
  return new Map(said.sort(([a], [b]) => (a < b ? -1 : 1)));
}
