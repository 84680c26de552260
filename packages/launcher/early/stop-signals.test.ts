import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { onStopSignal } from "./stop-signals.mjs";

it("takes signals within 2 s as one request, later ones as the next", () => {
  const source = new EventEmitter();
  let now = 0;
  const requests: Array<[string, number]> = [];
  const end = onStopSignal((signal, request) => requests.push([signal, request]), {
    source,
    now: () => now,
  });
  source.emit("SIGINT", "SIGINT");
  now = 1;
  source.emit("SIGINT", "SIGINT");
  now = 1_999;
  source.emit("SIGTERM", "SIGTERM");
  expect(requests).toEqual([["SIGINT", 1]]);
  now = 2_000;
  source.emit("SIGINT", "SIGINT");
  expect(requests).toEqual([
    ["SIGINT", 1],
    ["SIGINT", 2],
  ]);
  end();
  expect(source.listenerCount("SIGINT")).toBe(0);
});
