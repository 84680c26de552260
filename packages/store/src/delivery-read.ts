import {
  DELIVERY_STATES,
  type DeliveryAttempt,
  type DeliveryDetail,
  type DeliveryPage,
  type DeliveryRow,
  type DeliveryState,
  type ResultEvent,
} from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { StoredAttempt } from "./delivery-finish.ts";
import { type DeliveryRequest, publicRequest } from "./delivery-request.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

const ROW = [
  ...["state", "why", "event", "task", "round", "sub", "ep"],
  ...["total", "runs", "status", "made", "due", "ended"],
] as const;

/** Id, these fields, and the address. */
const WIDTH = ROW.length + 2;

const ROW_LUA = ROW.map((field) => `'${field}'`).join(", ");

export interface DeliveryQuery {
  state?: DeliveryState | undefined;
  taskid?: string | undefined;
  subscriptionid?: string | undefined;
  endpoint?: string | undefined;
  /** What an earlier page gave. */
  before?: string | undefined;
  limit: number;
}

/** How many deliveries one script call looks at, and for how long one page goes on. */
const SCAN = 300;
const SEARCH_MS = 500;
/** A task has one per round and subscription. */
const MOST_OF_TASK = 5_000;

/*
 * Newest first, before `seq` ARGV[1]. ARGV how many to look at, how many are wanted, taskid,
 * subscription, endpoint ('' for any), states. Reply: the `seq` reached ('' after the last), then id
 * and fields of each in turn.
 */
const pageScript = defineScript(`
local P, call = KEYS[1], redis.call
local before, scan, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local task, sub, ep = ARGV[4], ARGV[5], ARGV[6]
local found, wanted = {}, {}
for i = 7, #ARGV do wanted[ARGV[i]] = true end
if task ~= '' then
  for _, id in ipairs(call('ZRANGE', P .. 'ids', '[' .. task .. '-', '(' .. task .. '.', 'BYLEX', 'LIMIT', 0, ${MOST_OF_TASK})) do
    local r = call('HMGET', P .. 'r:' .. id, 'seq', 'state')
    if wanted[r[2]] and tonumber(r[1]) < before then found[#found + 1] = {tonumber(r[1]), id} end
  end
  scan = #found
else
  for state in pairs(wanted) do
    local ids = call('ZRANGE', P .. 's:' .. state, '(' .. ARGV[1], '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, scan, 'WITHSCORES')
    for i = 1, #ids, 2 do found[#found + 1] = {tonumber(ids[i + 1]), ids[i]} end
  end
end
table.sort(found, function(a, b) return a[1] > b[1] end)
local out = {''}
for i = 1, math.min(#found, scan) do
  local id = found[i][2]
  local r = call('HMGET', P .. 'r:' .. id, ${ROW_LUA})
  if r[1] and (sub == '' or r[6] == sub) and (ep == '' or r[7] == ep) then
    out[#out + 1] = id
    for f = 1, ${ROW.length} do out[#out + 1] = r[f] or '' end
    out[#out + 1] = string.match(call('GET', P .. 'c:' .. id) or '', '^[^\\n]*')
    want = want - 1
  end
  if want == 0 or i == scan then
    if i < #found or (task == '' and #found >= scan) then out[1] = tostring(found[i][1]) end
    return out
  end
end
return out
`);

/** A page may hold fewer rows than asked for, with `before` set, when a match is rare. */
export async function readDeliveryPage(
  redis: Redis,
  keys: Keys,
  query: DeliveryQuery,
): Promise<DeliveryPage> {
  const { state, taskid = "", subscriptionid = "", endpoint = "", limit } = query;
  const states = state === undefined ? DELIVERY_STATES : [state];
  const counts = await Promise.all(
    DELIVERY_STATES.map((each) => redis.zcard(`${keys.deliveryPrefix}s:${each}`)),
  );
  const totals = Object.fromEntries(DELIVERY_STATES.map((each, i) => [each, counts[i] ?? 0]));
  const deliveries: DeliveryRow[] = [];
  let before = query.before ?? String(Number.MAX_SAFE_INTEGER);
  const deadline = performance.now() + SEARCH_MS;
  do {
    const [reached = "", ...flat] = await runScript<string[]>(
      redis,
      pageScript,
      [keys.deliveryPrefix],
      [before, SCAN, limit - deliveries.length, taskid, subscriptionid, endpoint, ...states],
    );
    for (let i = 0; i < flat.length; i += WIDTH) {
      deliveries.push(toRow(flat[i] ?? "", flat.slice(i + 1, i + WIDTH)));
    }
    before = reached;
  } while (before !== "" && deliveries.length < limit && performance.now() < deadline);
  return {
    deliveries,
    before: before === "" ? null : before,
    totals: totals as DeliveryPage["totals"],
  };
}

const oneScript = defineScript(`
local P, id = KEYS[1], ARGV[1]
local r = redis.call('HMGET', P .. 'r:' .. id, ${ROW_LUA}, 'body')
if not r[1] then return {} end
local row = {}
for f = 1, ${ROW.length} do row[f] = r[f] or '' end
local body = redis.call('HGET', P .. 'b:' .. r[${ROW.length + 1}], 'b') or ''
local address, req = string.match(redis.call('GET', P .. 'c:' .. id) or '', '^([^\\n]*)\\n(.*)$')
row[#row + 1] = address
return {row, req, body, redis.call('LRANGE', P .. 'a:' .. id, 0, -1)}
`);

/** Null when there is no such delivery, or it is forgotten. */
export async function readDelivery(
  redis: Redis,
  keys: Keys,
  deliveryid: string,
): Promise<DeliveryDetail | null> {
  const [row, request, body, attempts] = await runScript<[string[], string, string, string[]] | []>(
    redis,
    oneScript,
    [keys.deliveryPrefix],
    [deliveryid],
  );
  if (row === undefined || request === undefined) return null;
  return {
    ...toRow(deliveryid, row),
    request: { ...publicRequest(JSON.parse(request) as DeliveryRequest), body: body ?? "" },
    attempts: (attempts ?? []).map((json) => toAttempt(JSON.parse(json) as StoredAttempt)),
  };
}

function toRow(deliveryid: string, values: readonly string[]): DeliveryRow {
  const of = (field: (typeof ROW)[number]) => values[ROW.indexOf(field)] ?? "";
  return {
    deliveryid,
    state: of("state") as DeliveryState,
    why: of("why") || null,
    event_type: of("event") as ResultEvent,
    taskid: of("task") || null,
    round: Number(of("round")),
    subscriptionid: of("sub") || null,
    endpointid: of("ep"),
    address: values[ROW.length] ?? "",
    tries: Number(of("total")),
    replays: Number(of("runs")),
    last_status: Number(of("status")) || null,
    created_at: isoTime(of("made")) ?? "",
    due_at: of("state") === "pending" ? isoTime(of("due")) : null,
    ended_at: isoTime(of("ended")),
  };
}

function toAttempt({ n, at, ms, status, error, reply, retryInMs }: StoredAttempt): DeliveryAttempt {
  return {
    attempt: n,
    started_at: new Date(at).toISOString(),
    duration_ms: ms,
    outcome: error === undefined ? "delivered" : "failed",
    ...(status === undefined ? {} : { status }),
    ...(error === undefined ? {} : { error }),
    ...(reply === undefined ? {} : { reply }),
    ...(retryInMs === undefined ? {} : { retry_at: new Date(at + ms + retryInMs).toISOString() }),
  };
}

/** @param ms milliseconds since the epoch; null when empty */
function isoTime(ms: string): string | null {
  return ms === "" ? null : new Date(Number(ms)).toISOString();
}
