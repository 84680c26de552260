import type { ResultEvent } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { endpointOf } from "./delivery-keys.ts";
import { DELIVERY_LUA, RECORD_CHARS } from "./delivery-record.ts";
import type { DeliveryRequest } from "./delivery-request.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/**
 * What may wait to be delivered. What comes above it is stored as failed: it can be replayed. Once
 * half of what may wait in all does, an endpoint gets only a hundredth of its share more, so that
 * those whose queue moves still have room.
 */
export interface DeliveryLimits {
  perEndpoint: number;
  charsPerEndpoint: number;
  inAll: number;
  charsInAll: number;
}

export const DELIVERY_LIMITS: DeliveryLimits = {
  perEndpoint: 10_000,
  charsPerEndpoint: 67_108_864,
  inAll: 100_000,
  charsInAll: 268_435_456,
};

/** One delivery to be made. */
export interface NewDelivery {
  /** `<taskid>-<round>`, `<taskid>-<round>-<subscriptionid>`, or of a test `<subscriptionid>-test-<random>`. */
  deliveryid: string;
  event: ResultEvent;
  /** Empty for a test. */
  taskid: string;
  round: number;
  /** Empty for a task's own webhook. */
  subscriptionid: string;
  request: DeliveryRequest;
  body: DeliveryBody;
}

/** What is sent; deliveries that share an id share the text, which is stored once. */
export interface DeliveryBody {
  bodyid: string;
  text: string;
}

/**
 * KEYS prefix, subscriptions, outbox. ARGV four limits; how many bodies, then id and text of each;
 * how many deliveries, then id, event, taskid, round, subscription, endpoint, origin, address,
 * request, bodyid, size of each; entries of the outbox that are done with.
 * Reply: one character per delivery: 0 made, 1 there already, 2 made and failed.
 */
const createScript = defineScript(`${DELIVERY_LUA}
local each, eachChars, all, allChars = num(ARGV[1]), num(ARGV[2]), num(ARGV[3]), num(ARGV[4])
local waiting = call('ZCARD', P .. 's:pending')
local waitingChars = num(call('HGET', P .. 'totals', 'bytes:pending'))
local at = 5
local function read()
  at = at + 1
  return ARGV[at - 1]
end
local bodies = {}
for _ = 1, num(read()) do
  local id = read()
  bodies[id] = read()
end
local function refusal(e, sub, size)
  if sub == '' and e.gone ~= '' then
    return 'the address has answered 410 (gone), so nothing is sent there until it is enabled again'
  end
  if e.pending == 0 then return nil end
  local share, shareChars = each, eachChars
  if waiting >= all / 2 or waitingChars >= allChars / 2 then
    share, shareChars = each / 100, eachChars / 100
  end
  if e.pending < share and e.bytes + size <= shareChars then return nil end
  return 'too much is waiting for this address already: ' .. e.pending .. ' webhooks'
end
local outcomes, due = {}, false
for i = 1, num(read()) do
  local id, event, task, round, sub = read(), read(), read(), read(), read()
  local ep, from, address, req, body, size = read(), read(), read(), read(), read(), num(read())
  if call('EXISTS', P .. 'r:' .. id) == 1 then
    outcomes[i] = '1'
  else
    local e = endpoint(ep)
    local why = refusal(e, sub, size)
    local seq = call('HINCRBY', P .. 'totals', 'seq', 1)
    e.address, e.origin, e.used, e.dirty = address, from, true, true
    e.pending, e.bytes = e.pending + 1, e.bytes + size
    waiting, waitingChars = waiting + 1, waitingChars + size
    hold('pending', size)
    call('HSET', P .. 'r:' .. id, 'state', 'pending', 'seq', seq, 'event', event, 'task', task,
      'round', round, 'sub', sub, 'ep', ep, 'origin', from, 'body', body,
      'made', now, 'tries', 0, 'total', 0, 'runs', 0, 'size', size)
    call('SET', P .. 'c:' .. id, address .. '\\n' .. req)
    if call('HINCRBY', P .. 'b:' .. body, 'n', 1) == 1 then
      call('HSET', P .. 'b:' .. body, 'b', bodies[body])
    end
    call('ZADD', P .. 'ids', 0, id)
    call('ZADD', P .. 's:pending', seq, id)
    if why then
      settle(id, e, size, 'failed', why)
      outcomes[i] = '2'
    else
      wait(id, e, now)
      outcomes[i], due = '0', true
    end
  end
end
if due then wake() end
for i = at, #ARGV do call('XDEL', KEYS[3], ARGV[i]) end
finally()
return table.concat(outcomes)
`);

export type MadeDelivery = "made" | "known" | "failed";

/**
 * Stores deliveries, due at once, and removes entries of the outbox, in one atomic step. One whose
 * id is there stays as it is, so that making them again is safe. Rejects with Redis' OOM error when
 * the store is full.
 */
export async function createDeliveries(
  redis: Redis,
  keys: Keys,
  deliveries: readonly NewDelivery[],
  outboxIds: readonly string[] = [],
  limits: DeliveryLimits = DELIVERY_LIMITS,
): Promise<MadeDelivery[]> {
  const bodies = new Map(deliveries.map(({ body }) => [body.bodyid, body.text]));
  const args: (string | number)[] = [
    ...[limits.perEndpoint, limits.charsPerEndpoint, limits.inAll, limits.charsInAll],
    ...[bodies.size, ...[...bodies].flat()],
    deliveries.length,
  ];
  for (const { deliveryid, event, taskid, round, subscriptionid, request, body } of deliveries) {
    const { endpointid, originid, address } = endpointOf(request.url);
    const json = JSON.stringify(request);
    const size = RECORD_CHARS + json.length + body.text.length;
    args.push(deliveryid, event, taskid, round, subscriptionid);
    args.push(endpointid, originid, address, json, body.bodyid, size);
  }
  const reply = await runScript<string>(
    redis,
    createScript,
    [keys.deliveryPrefix, keys.subscriptions, keys.ended],
    [...args, ...outboxIds],
  );
  return [...reply].map((digit) => OUTCOMES[digit] ?? "known");
}

const OUTCOMES: Record<string, MadeDelivery> = { 0: "made", 1: "known", 2: "failed" };
