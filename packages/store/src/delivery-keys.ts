import { hash } from "node:crypto";
import type { Keys } from "./keys.ts";

/*
 * The keys of result webhooks. All carry the shard's hash tag, and scripts build them by themselves
 * from `deliveryPrefix` and these suffixes:
 *
 *     r:<id>          hash    one delivery: see `delivery-record.ts`
 *     c:<id>          string  where and how it is sent: the address as shown, a line break, `DeliveryRequest`
 *     a:<id>          list    its attempts, oldest first: see `StoredAttempt`
 *     b:<bodyid>      hash    a body, `b`, that `n` deliveries share
 *     ids             zset    every delivery at 0, so in order of its id: those of one task lie together
 *     s:<state>       zset    the deliveries of a state by `seq`, the order they were made in
 *     totals          hash    `seq` (the last given), `bytes:<state>`: what they hold, about
 *     q:<endpoint>    zset    what waits for an endpoint, by when it is due
 *     ready           zset    endpoints for which something waits, by when their turn comes
 *     claims          zset    deliveries that a worker has, by when it must have said that it lives
 *     e:<endpoint>    hash    one endpoint: see `endpoint-health.ts`
 *     o:<origin>      hash    one scheme, host and port: the same, for all its endpoints
 *     of:<origin>     set     its endpoints that got no answer since the last that got one
 *     eps             zset    endpoints by when they were last used
 *     sub-states      hash    subscriptionid → when and why it was disabled
 *     sub-counts      hash    `<subscriptionid>:<state>` → how many of its deliveries came to rest so
 *     sub-version     string  raised with every change of a subscription
 *     shown           hash    destination → when its secret was shown: see `destination-store.ts`
 *     j:<jobid>       hash    one replay of many: see `delivery-replay.ts`
 *     jobs            zset    these by when they were made
 *     jobs:open       set     those that are not done
 *     wake            stream  gets an entry when something is due at once
 *     lease           string  the token of the worker that makes deliveries
 *
 * `ms` means milliseconds since the epoch by Redis' clock.
 */

/** The lease of the worker that makes deliveries of ended tasks. */
export function deliveryLeaseKey({ deliveryPrefix }: Keys): string {
  return `${deliveryPrefix}lease`;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const ALPHABET = `${LETTERS}0123456789`;

/** 16 characters `[a-z][a-z0-9]{15}`, the same for the same text; about 82 bits. */
function shortHash(text: string): string {
  return idOf(hash("sha256", text, "buffer"));
}

/** An id of that form. @param bytes at least 16, hashed or random */
export function idOf(bytes: Uint8Array): string {
  let id = LETTERS.charAt((bytes[0] ?? 0) % 26);
  for (let i = 1; i < 16; i++) id += ALPHABET.charAt((bytes[i] ?? 0) % 36);
  return id;
}

/** An address that webhooks go to, as the store knows it. */
export interface Endpoint {
  /** The same for the same address, whatever user and password it names. */
  endpointid: string;
  /** Of scheme, host and port. */
  originid: string;
  /** What is shown: without user, password and query, at most 300 characters. */
  address: string;
}

const MAX_SHOWN = 300;

/** @param url has been validated */
export function endpointOf(url: string): Endpoint {
  const parsed = new URL(url);
  const { origin, pathname, search } = parsed;
  const query = search === "" ? "" : "?…";
  return {
    endpointid: shortHash(origin + pathname + search),
    originid: shortHash(origin),
    address: (origin + pathname).slice(0, MAX_SHOWN) + query,
  };
}
