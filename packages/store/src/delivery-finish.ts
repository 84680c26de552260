import type { DeliveryErrorType, DeliveryState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { ClaimedDelivery } from "./delivery-claim.ts";
import { DELIVERY_LUA } from "./delivery-record.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** One attempt as it is stored: `n` counts from 1, `at` is when it began, in ms since the epoch. */
export interface StoredAttempt {
  n: number;
  at: number;
  ms: number;
  status?: number;
  error?: { type: DeliveryErrorType; message: string };
  reply?: string;
  /** ms until the next try. */
  retryInMs?: number;
}

/** How one try ended, and what follows from it. */
export interface FinishedTry {
  claim: Pick<ClaimedDelivery, "deliveryid" | "token">;
  attempt: StoredAttempt;
  /** `disable`: it has failed for good, and its subscription or address wants nothing more. */
  next:
    | { kind: "delivered" }
    | { kind: "retry"; inMs: number }
    | { kind: "failed" | "disable"; why: string };
  /** What it tells of the endpoint: see `endpoint-health.ts`. */
  reached: "delivered" | "answered" | "silent" | "unsent";
  /** How long the endpoint wants to be left alone, in ms. */
  pauseMs: number;
}

/*
 * KEYS prefix, subscriptions. ARGV per try: id, token, what is next, ms until then, why, what was
 * reached, status, pause in ms, attempt. Reply: state and news of each in turn; state is
 * `lost` when another worker has it.
 */
const finishScript = defineScript(`#!lua flags=allow-oom
${DELIVERY_LUA}
local out = {}
local function finish(id, token, next, ms, why, reached, status, pause, attempt)
  local rk = P .. 'r:' .. id
  local r = call('HMGET', rk, 'claim', 'ep', 'sub', 'tries', 'total', 'size')
  if r[1] ~= token then return 'lost', '' end
  local e, state = endpoint(r[2]), 'pending'
  unclaim(id, e)
  local size = num(r[6]) + addAttempt(id, e, attempt)
  call('HSET', rk, 'tries', num(r[4]) + 1, 'total', num(r[5]) + 1, 'status', status, 'size', size)
  local news = judge(id, e, reached, status, num(pause))
  if next == 'retry' then
    wait(id, e, now + ms)
  elseif next == 'delivered' then
    state = 'delivered'
    settle(id, e, size, state, '')
  else
    state = 'failed'
    settle(id, e, size, state, why)
  end
  if next == 'disable' and r[3] == '' then
    e.gone, news = now, 'gone'
  elseif next == 'disable' and call('HEXISTS', SUBS, r[3]) == 1 then
    call('HSET', P .. 'sub-states', r[3], now .. ' ' .. why)
    call('INCR', P .. 'sub-version')
    news = 'disabled'
  end
  return state, news
end
for i = 1, #ARGV, 9 do
  local state, news = finish(unpack(ARGV, i, i + 8))
  out[#out + 1] = state
  out[#out + 1] = news
end
finally()
return out
`);

export type EndpointNews = "opened" | "originOpened" | "closed" | "gone" | "disabled" | null;

export type FinishOutcome =
  | { kind: "recorded"; state: DeliveryState; news: EndpointNews }
  /** The claim had run out and another worker has it, or it is forgotten; nothing was written. */
  | { kind: "lost" };

/** Records how tries ended, all of them in one atomic step. */
export async function finishDeliveries(
  redis: Redis,
  keys: Keys,
  tries: readonly FinishedTry[],
): Promise<FinishOutcome[]> {
  const args = tries.flatMap(({ claim, attempt, next, reached, pauseMs }) => [
    ...[claim.deliveryid, claim.token, next.kind],
    ...[next.kind === "retry" ? Math.ceil(next.inMs) : 0, "why" in next ? next.why : ""],
    ...[reached, attempt.status ?? 0, Math.ceil(pauseMs), JSON.stringify(attempt)],
  ]);
  const flat = await runScript<string[]>(
    redis,
    finishScript,
    [keys.deliveryPrefix, keys.subscriptions],
    args,
  );
  return tries.map((_, i) => {
    const [state = "lost", news = ""] = flat.slice(2 * i, 2 * i + 2);
    return state === "lost"
      ? { kind: "lost" }
      : {
          kind: "recorded",
          state: state as DeliveryState,
          news: news === "" ? null : (news as EndpointNews),
        };
  });
}
