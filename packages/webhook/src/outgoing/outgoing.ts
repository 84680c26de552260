import { Agent, type Dispatcher } from "undici";
import { AllowList } from "./allow-list.ts";
import { guardedConnect, type Resolve } from "./guarded-connect.ts";

export interface OutgoingOptions {
  /** `OUTGOING_ALLOW`: CIDR ranges, addresses and host names that may be reached though private. */
  allow: readonly string[];
  /** Default 128. A call beyond them waits, and its time limit runs meanwhile. */
  connectionsPerOrigin?: number;
  /** Default 5,000. */
  connectTimeoutMs?: number;
  /** Of a reply, together; default 16 KiB. */
  maxHeaderBytes?: number;
  /** Milliseconds since the epoch; default `Date.now`. */
  now?: () => number;
  resolve?: Resolve;
}

/** The one way out for addresses that data names. Opened by `createOutgoing`. */
export interface Outgoing extends AsyncDisposable {
  readonly dispatcher: Dispatcher;
  readonly now: () => number;
}

/** Idle connections close soon after: what is called again at once is what needs them. */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 60_000;
/** Of connections that are open or idle at the same time: tasks may name endless hosts. */
const MAX_ORIGINS = 4_096;

/**
 * Kept-alive connections to whatever data names, none to a refused address. Redirects are not
 * followed, and HTTP/1.1 is spoken. Disposing of it ends the calls that are under way.
 */
export function createOutgoing(options: OutgoingOptions): Outgoing {
  const agent = new Agent({
    allowH2: false,
    connect: guardedConnect({
      allow: new AllowList(options.allow),
      resolve: options.resolve,
      timeoutMs: options.connectTimeoutMs ?? 5_000,
    }),
    connections: options.connectionsPerOrigin ?? 128,
    maxOrigins: MAX_ORIGINS,
    maxHeaderSize: options.maxHeaderBytes ?? 16_384,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    pipelining: 1,
    // Each call has a time limit of its own, over everything.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    dispatcher: agent,
    now: options.now ?? Date.now,
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}
