import type { TaskDetail } from "@taskpulse/contract";
import { expect, test } from "vitest";
import { dueWords } from "./due-words.ts";

const NOW = Date.parse("2026-03-04T05:06:07.500Z");
const due = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();

function words(detail: Pick<TaskDetail, "state" | "due_at"> & Partial<TaskDetail>) {
  const rest = { waits_for: 0, reported_later: false } as Partial<TaskDetail>;
  return dueWords({ ...rest, ...detail } as TaskDetail, NOW)?.words ?? null;
}

test("what a task waits for is counted down in whole seconds", () => {
  expect(words({ state: "retrying", due_at: due(41.2) })).toBe("next try in 42 s");
  expect(words({ state: "waiting", due_at: due(3_599.1) })).toBe("runs in 1 h 00 min");
  expect(words({ state: "waiting", due_at: due(90) })).toBe("runs in 1 min 30 s");
  expect(words({ state: "retrying", due_at: due(-1) })).toBe("next try any moment now");
  expect(words({ state: "waiting", due_at: due(60), waits_for: 2 })).toBe(
    "runs after 2 other tasks, and not before 1 min 00 s have passed",
  );
  expect(words({ state: "running", due_at: due(9), reported_later: true })).toBe(
    "the remote must report in 9 s",
  );
});

test("what waits for no time says nothing of it", () => {
  expect(words({ state: "waiting", due_at: null, waits_for: 1 })).toBeNull();
  expect(words({ state: "running", due_at: due(9) })).toBeNull();
  expect(words({ state: "failed", due_at: due(9) })).toBeNull();
});
