import type { EndpointPage, EndpointView } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

const FIELDS = [
  ...["address", "busy", "pending", "fails", "opens", "open", "pause", "probe", "gone"],
  ...["delivered", "failed", "last", "status", "origin"],
] as const;
const ORIGIN_FIELDS = ["opens", "open", "probe"] as const;
const WIDTH = FIELDS.length + ORIGIN_FIELDS.length + 2;

const lua = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");

/*
 * ARGV ms and id that the last page ended with, how many. Reply: Redis' time, then id, when it was
 * last used, its fields and those of its origin of each in turn, last used first.
 */
const pageScript = defineScript(`
local P, call = KEYS[1], redis.call
local time = call('TIME')
local out = {time[1] * 1000 + math.floor(time[2] / 1000)}
local want = tonumber(ARGV[3])
local function add(ep, at)
  local e = call('HMGET', P .. 'e:' .. ep, ${lua(FIELDS)})
  if not e[1] then return end
  local o = call('HMGET', P .. 'o:' .. (e[${FIELDS.length}] or ''), ${lua(ORIGIN_FIELDS)})
  out[#out + 1] = ep
  out[#out + 1] = at
  for i = 1, ${FIELDS.length} do out[#out + 1] = e[i] or '' end
  for i = 1, ${ORIGIN_FIELDS.length} do out[#out + 1] = o[i] or '' end
  want = want - 1
end
if ARGV[4] then
  add(ARGV[4], '0')
  return out
end
local eps = call('ZRANGE', P .. 'eps', ARGV[1], '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, want + 100, 'WITHSCORES')
for i = 1, #eps, 2 do
  if want > 0 and (eps[i + 1] ~= ARGV[1] or ARGV[2] == '' or eps[i] < ARGV[2]) then add(eps[i], eps[i + 1]) end
end
return out
`);

/** Last used first. `before` is an opaque text. */
export async function readEndpointPage(
  redis: Redis,
  keys: Keys,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<EndpointPage> {
  const [ms = "+inf", after = ""] = before?.split("-") ?? [];
  const found = await read(redis, keys, [ms, after, limit]);
  const last = found.at(-1);
  return {
    endpoints: found.map(({ view }) => view),
    before:
      last === undefined || found.length < limit ? null : `${last.at}-${last.view.endpointid}`,
  };
}

/** Null when nothing was ever sent there, or it is forgotten. */
export async function readEndpoint(
  redis: Redis,
  keys: Keys,
  endpointid: string,
): Promise<EndpointView | null> {
  const [found] = await read(redis, keys, ["", "", 1, endpointid]);
  return found?.view ?? null;
}

async function read(redis: Redis, keys: Keys, args: (string | number)[]) {
  const [now, ...flat] = await runScript<[number, ...string[]]>(
    redis,
    pageScript,
    [keys.deliveryPrefix],
    args,
  );
  const found: { at: string; view: EndpointView }[] = [];
  for (let i = 0; i < flat.length; i += WIDTH) {
    const [endpointid = "", at = "", ...values] = flat.slice(i, i + WIDTH);
    found.push({ at, view: toView(endpointid, values, now) });
  }
  return found;
}

function toView(endpointid: string, values: readonly string[], now: number): EndpointView {
  const of = (field: (typeof FIELDS)[number]) => values[FIELDS.indexOf(field)] ?? "";
  const [opens, open, probe] = values.slice(FIELDS.length);
  const until = Math.max(Number(of("open")), Number(of("pause")), Number(open));
  const isOpen = Number(of("opens")) > 0 || Number(opens) > 0;
  const isProbed = of("probe") !== "" || Boolean(probe);
  return {
    endpointid,
    address: of("address"),
    circuit: of("gone") !== "" ? "gone" : !isOpen ? "closed" : isProbed ? "half_open" : "open",
    failures: Number(of("fails")),
    open_until: until > now ? new Date(until).toISOString() : null,
    pending: Number(of("pending")),
    in_flight: Number(of("busy")),
    delivered: Number(of("delivered")),
    failed: Number(of("failed")),
    last_at: Number(of("last")) > 0 ? new Date(Number(of("last"))).toISOString() : null,
    last_status: Number(of("status")) || null,
  };
}

/** Takes back that an endpoint has answered 410 and closes its circuit. False when there is none. */
const enableScript = defineScript(`
local ek = KEYS[1] .. 'e:' .. ARGV[1]
local origin = redis.call('HGET', ek, 'origin')
if not origin then return 0 end
redis.call('HDEL', ek, 'gone')
redis.call('HSET', ek, 'fails', 0, 'opens', 0, 'open', 0, 'pause', 0, 'probe', '')
redis.call('DEL', KEYS[1] .. 'o:' .. origin, KEYS[1] .. 'of:' .. origin)
if redis.call('EXISTS', KEYS[1] .. 'q:' .. ARGV[1]) == 1 then
  redis.call('ZADD', KEYS[1] .. 'ready', 'LT', 0, ARGV[1])
  redis.call('XADD', KEYS[1] .. 'wake', 'MAXLEN', 1, '*', 'w', 1)
end
return 1
`);

export async function enableEndpoint(
  redis: Redis,
  keys: Keys,
  endpointid: string,
): Promise<boolean> {
  return (await runScript<number>(redis, enableScript, [keys.deliveryPrefix], [endpointid])) === 1;
}
