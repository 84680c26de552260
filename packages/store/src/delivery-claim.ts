import type { Redis } from "ioredis";
import { DELIVERY_LUA } from "./delivery-record.ts";
import type { DeliveryRequest } from "./delivery-request.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** How many endpoints one call looks at, and how many deliveries: about a millisecond of Redis' time. */
const MOST_ENDPOINTS = 64;
const MOST_LOOKS = 300;
/** How long an endpoint waits that would only get what is kept for those that deliver. */
const NO_ROOM_MS = 250;

/*
 * Gives what is due to one worker, one delivery per endpoint and turn, and those that waited
 * longest first. A claim that was not renewed in time goes back first. `allow-oom`: a full store
 * must go on delivering, or it would stay full.
 *
 * KEYS prefix, subscriptions. ARGV token, how many at most, how many of these to endpoints that have
 * not delivered anything since they failed, characters at most, ms for which they are held.
 * Reply: ms until something may be due (-1: nothing is), version of the subscriptions, then id, event, taskid, subscription, tries,
 * total, round, proven, request and body of each in turn.
 */
const claimScript = defineScript(`#!lua flags=allow-oom
${DELIVERY_LUA}
local token, want, unproven, room, held = ARGV[1], num(ARGV[2]), num(ARGV[3]), num(ARGV[4]), num(ARGV[5])
local out, taken, looks = {0, num(call('GET', P .. 'sub-version'))}, 0, 0
local later = {}
for _, id in ipairs(call('ZRANGE', P .. 'claims', '-inf', now, 'BYSCORE', 'LIMIT', 0, 50)) do
  interrupted(id)
end
findTurns()
local function give(id, e, r)
  local req = string.match(call('GET', P .. 'c:' .. id) or '', '\\n(.*)$')
  if e.opens > 0 or origin(e.origin).opens > 0 then
    probing(id, e, cjson.decode(req).timeout * 1000 + held)
  end
  call('HSET', P .. 'r:' .. id, 'claim', token, 'claimed', now)
  call('ZADD', P .. 'claims', now + held, id)
  e.busy, e.dirty = e.busy + 1, true
  local body = call('HGET', P .. 'b:' .. r[8], 'b') or ''
  room = room - #body - #req
  taken = taken + 1
  for _, value in ipairs({id, r[2], r[3], r[4], r[5], r[6], r[7], proven(e) and 1 or 0, req, body}) do
    out[#out + 1] = value
  end
end
local function takeOne(e)
  while looks <= ${MOST_LOOKS} do
    looks = looks + 1
    if gate(e) > now or e.busy >= most(e) then return false end
    if unproven <= 0 and not proven(e) then
      later[e.id] = true
      return false
    end
    local head = call('ZRANGE', P .. 'q:' .. e.id, 0, 0, 'WITHSCORES')
    local id, due = head[1], num(head[2])
    if not id or due > now then return false end
    call('ZREM', P .. 'q:' .. e.id, id)
    local r = call('HMGET', P .. 'r:' .. id, 'state', 'event', 'task', 'sub', 'tries', 'total', 'round', 'body', 'size')
    local why = r[1] == 'pending' and unwanted(r[4], r[2])
    if why then
      settle(id, e, num(r[9]), 'discarded', why)
    elseif r[1] == 'pending' and heldTooLong(due) then
      settle(id, e, num(r[9]), 'failed', 'the address was out of order for a day')
    elseif r[1] == 'pending' then
      if not proven(e) then unproven = unproven - 1 end
      give(id, e, r)
      return true
    end
  end
  return false
end
local line = call('ZRANGE', P .. 'ready', '-inf', now, 'BYSCORE', 'LIMIT', 0, ${MOST_ENDPOINTS})
while #line > 0 do
  local nextLine = {}
  for _, id in ipairs(line) do
    if taken >= want or room <= 0 or looks > ${MOST_LOOKS} then break end
    local e = endpoint(id)
    lineUp(e, true)
    if takeOne(e) then nextLine[#nextLine + 1] = id end
  end
  line = (taken < want and room > 0) and nextLine or {}
end
finally()
for id in pairs(later) do call('ZADD', P .. 'ready', now + ${NO_ROOM_MS}, id) end
local soonest = nil
for _, key in ipairs({'ready', 'claims'}) do
  local head = call('ZRANGE', P .. key, 0, 0, 'WITHSCORES')
  if head[1] then soonest = math.min(soonest or num(head[2]), num(head[2])) end
end
out[1] = soonest and math.max(0, soonest - now) or -1
return out
`);

/** One delivery that this worker is to send, once. */
export interface ClaimedDelivery {
  deliveryid: string;
  /** What `finishDeliveries` must show: another one after the claim has gone to another worker. */
  token: string;
  event: string;
  /** Empty for a test. */
  taskid: string;
  /** Empty for a task's own webhook. */
  subscriptionid: string;
  /** Tries before this one: since it was made or replayed last, and in all. */
  tries: number;
  total: number;
  round: number;
  /** Whether the last delivery to its endpoint arrived. */
  proven: boolean;
  request: DeliveryRequest;
  body: string;
}

export interface ClaimWish {
  token: string;
  most: number;
  /** How many of them may go to endpoints that have not delivered anything since they failed. */
  mostUnproven: number;
  /** Characters of bodies and requests; one delivery is given whatever its size. */
  mostChars: number;
  /** How long they are this worker's unless it renews the claim, in ms. */
  holdMs: number;
}

export interface Claim {
  claimed: ClaimedDelivery[];
  /** When there may be more to claim; null when nothing waits. */
  nextInMs: number | null;
  /** Raised with every change of a subscription or of a destination's secret. */
  version: number;
}

const FIELDS = 10;

/** Claims what is due. Whatever is claimed must be finished, renewed or given back. */
export async function claimDeliveries(redis: Redis, keys: Keys, wish: ClaimWish): Promise<Claim> {
  const { token, most, mostUnproven, mostChars, holdMs } = wish;
  const [wait, version, ...flat] = await runScript<[number, number, ...(string | number)[]]>(
    redis,
    claimScript,
    [keys.deliveryPrefix, keys.subscriptions],
    [token, most, mostUnproven, mostChars, holdMs],
  );
  const claimed: ClaimedDelivery[] = [];
  for (let i = 0; i < flat.length; i += FIELDS) {
    const [deliveryid, event, taskid, subscriptionid, tries, total, round, proven, req, body] = flat
      .slice(i, i + FIELDS)
      .map(String);
    if (deliveryid === undefined || req === undefined || body === undefined) break;
    claimed.push({
      deliveryid,
      token,
      event: event ?? "",
      taskid: taskid ?? "",
      subscriptionid: subscriptionid ?? "",
      tries: Number(tries),
      total: Number(total),
      round: Number(round),
      proven: proven === "1",
      request: JSON.parse(req) as DeliveryRequest,
      body,
    });
  }
  return { claimed, nextInMs: wait < 0 ? null : wait, version };
}

const renewScript = defineScript(`#!lua flags=allow-oom
${DELIVERY_LUA}
for i = 2, #ARGV, 2 do
  if call('HGET', P .. 'r:' .. ARGV[i], 'claim') == ARGV[i + 1] then
    call('ZADD', P .. 'claims', 'XX', now + ARGV[1], ARGV[i])
  end
end
return 0
`);

/** Says that this worker still has them; those that are another's by now stay the other's. */
export async function renewClaims(
  redis: Redis,
  keys: Keys,
  claims: Iterable<Pick<ClaimedDelivery, "deliveryid" | "token">>,
  holdMs: number,
): Promise<void> {
  const args: (string | number)[] = [holdMs];
  for (const { deliveryid, token } of claims) args.push(deliveryid, token);
  await runScript<number>(redis, renewScript, [keys.deliveryPrefix, keys.subscriptions], args);
}

const releaseScript = defineScript(`#!lua flags=allow-oom
${DELIVERY_LUA}
local given = 0
for i = 1, #ARGV, 2 do
  local id = ARGV[i]
  local r = call('HMGET', P .. 'r:' .. id, 'claim', 'ep')
  if r[1] == ARGV[i + 1] then
    local e = endpoint(r[2])
    unclaim(id, e)
    unprobe(id, e)
    wait(id, e, now)
    given = given + 1
  end
end
if given > 0 then wake() end
finally()
return given
`);

/** Gives deliveries back that were not sent: no attempt is counted, another worker takes them at once. */
export async function releaseClaims(
  redis: Redis,
  keys: Keys,
  claims: Iterable<Pick<ClaimedDelivery, "deliveryid" | "token">>,
): Promise<void> {
  const args = [...claims].flatMap(({ deliveryid, token }) => [deliveryid, token]);
  if (args.length === 0) return;
  await runScript<number>(redis, releaseScript, [keys.deliveryPrefix, keys.subscriptions], args);
}
