import { expect, test } from "vitest";
import {
  type ConnectionEvent,
  connectionAt,
  isBehind,
  noConnectionYet,
  onConnectionEvent,
} from "./connection-state.ts";

const after = (...events: ConnectionEvent[]) =>
  events.reduce(onConnectionEvent, noConnectionYet(null, null));
const up: ConnectionEvent = { type: "heard", at: 1_000 };

test("connecting until the first answer, then live", () => {
  expect(connectionAt(after(), 0)).toEqual({ kind: "connecting" });
  expect(connectionAt(after(up, { type: "heard", at: 1_200 }), 1_300)).toEqual({
    kind: "live",
    heardAt: 1_200,
  });
});

test("a lost connection keeps its beginning through every failed try", () => {
  const facts = after(
    up,
    { type: "lost", at: 2_000 },
    { type: "retryScheduled", nextTryAt: 2_500 },
    { type: "trying" },
    { type: "lost", at: 2_600 },
    { type: "retryScheduled", nextTryAt: 3_600 },
  );
  expect(connectionAt(facts, 2_700)).toEqual({
    kind: "reconnecting",
    since: 2_000,
    heardAt: 1_000,
    nextTryAt: 3_600,
  });
  expect(connectionAt(onConnectionEvent(facts, { type: "trying" }), 9_000)).toMatchObject({
    kind: "reconnecting",
    nextTryAt: null,
  });
  expect(connectionAt(onConnectionEvent(facts, { type: "heard", at: 9_000 }), 9_000).kind).toBe(
    "live",
  );
});

test("six seconds of silence are stale, and the first word ends it", () => {
  const facts = after(up, { type: "heard", at: 2_000 });
  expect(connectionAt(facts, 8_000).kind).toBe("live");
  expect(connectionAt(facts, 8_001)).toEqual({ kind: "stale", since: 2_000 });
  expect(connectionAt(onConnectionEvent(facts, { type: "heard", at: 9_000 }), 9_001).kind).toBe(
    "live",
  );
});

test("a page that came without figures does not say since when", () => {
  const facts = onConnectionEvent(noConnectionYet("frozen", null), {
    type: "storeAway",
    reason: "frozen",
  });
  expect(connectionAt(facts, 5_000)).toEqual({ kind: "away", since: null, reason: "frozen" });
});

test("store away outranks silence, and a lost connection outranks both", () => {
  const away = after(up, { type: "storeAway", reason: "frozen" });
  expect(connectionAt(away, 60_000)).toMatchObject({ kind: "away", reason: "frozen" });
  expect(connectionAt(onConnectionEvent(away, { type: "lost", at: 3_000 }), 4_000).kind).toBe(
    "reconnecting",
  );
  expect(connectionAt(onConnectionEvent(away, { type: "storeBack" }), 1_500).kind).toBe("live");
});

test("caught up is told for a few seconds", () => {
  const facts = after(
    up,
    { type: "heard", at: 5_000 },
    { type: "resumed", at: 5_000, arrived: 12, gap: 3 },
  );
  expect(connectionAt(facts, 6_000)).toEqual({ kind: "caught-up", arrived: 12, gap: 3 });
  expect(connectionAt(facts, 10_001).kind).toBe("live");
});

test("signed out outranks everything, until the server speaks again", () => {
  const facts = after(
    up,
    { type: "storeAway", reason: "frozen" },
    { type: "lost", at: 2_000 },
    { type: "signedOut" },
    { type: "retryScheduled", nextTryAt: 9_000 },
    { type: "trying" },
  );
  expect(connectionAt(facts, 60_000)).toEqual({ kind: "signed-out" });
  expect(connectionAt(onConnectionEvent(facts, { type: "heard", at: 9_000 }), 9_000).kind).toBe(
    "live",
  );
});

test("the figures are dimmed exactly when they may be behind", () => {
  expect(isBehind({ kind: "live", heardAt: 0 })).toBe(false);
  expect(isBehind({ kind: "connecting" })).toBe(false);
  expect(isBehind({ kind: "stale", since: 0 })).toBe(true);
  expect(isBehind({ kind: "away", since: null, reason: "" })).toBe(true);
  expect(isBehind({ kind: "signed-out" })).toBe(true);
});
