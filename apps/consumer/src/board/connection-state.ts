/**
 * How the board's connection stands, as a reader should see it. Facts come in as events; what is
 * shown follows from them and the time alone.
 *
 * connecting → live → reconnecting → caught-up → live; live → stale (nothing heard for 6 s) → live;
 * any connected state → away (the server can't read the store) → live;
 * any state → signed-out (the server no longer knows this reader) → live.
 */
export interface ConnectionFacts {
  /** When the socket was lost; null once the server has spoken again. */
  lostAt: number | null;
  /** When the next try to connect is due; null while one is under way. */
  nextTryAt: number | null;
  /** When the server last said anything that tells the figures are current. */
  heardAt: number | null;
  /** Why the store can't be read; null while it can. */
  away: string | null;
  /** What the last return from an interruption brought. */
  caughtUp: { at: number; arrived: number; gap: number } | null;
  /** The server wants the reader to sign in before it says anything more. */
  signedOut: boolean;
  /** Anything was heard over the socket; what the page came with does not count. */
  everHeard: boolean;
}

export type Connection =
  | { kind: "connecting" }
  | { kind: "live"; heardAt: number }
  | { kind: "reconnecting"; since: number; heardAt: number | null; nextTryAt: number | null }
  | { kind: "stale"; since: number }
  | { kind: "away"; since: number | null; reason: string }
  | { kind: "caught-up"; arrived: number; gap: number }
  | { kind: "signed-out" };

const SILENCE_IS_STALE_MS = 6_000;
/** Asked for before it is stale: a server that answers keeps the figures current without frames. */
export const SILENCE_IS_SUSPECT_MS = 4_000;
const CAUGHT_UP_SHOWN_MS = 5_000;

export type ConnectionEvent =
  | { type: "lost"; at: number }
  | { type: "retryScheduled"; nextTryAt: number }
  | { type: "trying" }
  | { type: "heard"; at: number }
  | { type: "resumed"; at: number; arrived: number; gap: number }
  | { type: "storeAway"; reason: string }
  | { type: "storeBack" }
  | { type: "signedOut" };

export function noConnectionYet(away: string | null, heardAt: number | null): ConnectionFacts {
  return {
    ...{ lostAt: null, nextTryAt: null, heardAt, away, caughtUp: null },
    ...{ signedOut: false, everHeard: false },
  };
}

export function onConnectionEvent(facts: ConnectionFacts, event: ConnectionEvent): ConnectionFacts {
  switch (event.type) {
    case "lost":
      return { ...facts, lostAt: facts.lostAt ?? event.at, caughtUp: null };
    case "retryScheduled":
      return { ...facts, nextTryAt: event.nextTryAt };
    case "trying":
      return { ...facts, nextTryAt: null };
    case "heard":
      return {
        ...{ ...facts, heardAt: event.at, away: null, lostAt: null },
        ...{ signedOut: false, everHeard: true },
      };
    case "resumed":
      return { ...facts, caughtUp: { at: event.at, arrived: event.arrived, gap: event.gap } };
    case "storeAway":
      return { ...facts, away: event.reason, caughtUp: null, lostAt: null };
    case "storeBack":
      return { ...facts, away: null };
    case "signedOut":
      return { ...facts, signedOut: true, caughtUp: null };
    default:
      return event satisfies never;
  }
}

export function connectionAt(facts: ConnectionFacts, now: number): Connection {
  const { lostAt, nextTryAt, heardAt, away, caughtUp, signedOut, everHeard } = facts;
  if (signedOut) return { kind: "signed-out" };
  if (lostAt !== null) return { kind: "reconnecting", since: lostAt, heardAt, nextTryAt };
  if (away !== null) return { kind: "away", since: heardAt, reason: away };
  if (!everHeard || heardAt === null) return { kind: "connecting" };
  if (now - heardAt > SILENCE_IS_STALE_MS) return { kind: "stale", since: heardAt };
  if (caughtUp !== null && now - caughtUp.at < CAUGHT_UP_SHOWN_MS) {
    return { kind: "caught-up", arrived: caughtUp.arrived, gap: caughtUp.gap };
  }
  return { kind: "live", heardAt };
}

/** The figures on the page may not be what the store holds now. */
export function isBehind(connection: Connection): boolean {
  return ["reconnecting", "stale", "away", "signed-out"].includes(connection.kind);
}
