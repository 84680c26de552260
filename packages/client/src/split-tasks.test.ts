import { MAX_BODY_BYTES, MAX_TASKS_PER_REQUEST, MAX_VALUES_PER_REQUEST } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitTasks } from "./split-tasks.ts";

function valuesIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const all = Object.values(value);
  return all.reduce((sum: number, inner) => sum + valuesIn(inner), all.length);
}

const task = fc.oneof(
  { weight: 20, arbitrary: fc.record({ id: fc.nat(), note: fc.string() }) },
  { weight: 1, arbitrary: fc.nat(40).map((kib) => ({ text: "é,".repeat(kib * 512) })) },
  {
    weight: 1,
    arbitrary: fc.nat(9_000).map((n) => ({ list: Array.from({ length: n }, () => ({})) })),
  },
);
const tasks = fc
  .array(fc.tuple(task, fc.constantFrom(1, 1, 30, 400)), { maxLength: 30 })
  .map((all) =>
    all.flatMap(([one, times]) => Array.from({ length: times }, () => JSON.stringify(one))),
  );

test("every task is sent once, in order, in requests that Taskpulse takes", () => {
  fc.assert(
    fc.property(tasks, (all) => {
      const requests = splitTasks(all);
      expect(requests.flat()).toEqual(all);
      for (const request of requests) {
        const body = `[${request.join(",")}]`;
        expect(request.length).toBeGreaterThan(0);
        expect(request.length).toBeLessThanOrEqual(MAX_TASKS_PER_REQUEST);
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
        expect(valuesIn(JSON.parse(body)) - request.length).toBeLessThanOrEqual(
          MAX_VALUES_PER_REQUEST,
        );
      }
    }),
    { numRuns: 30 },
  );
});

test("requests are filled", () => {
  const small = Array.from({ length: 2_500 }, (_, id) => JSON.stringify({ id }));
  expect(splitTasks(small).map((request) => request.length)).toEqual([1_000, 1_000, 500]);
  // With the brackets and one comma, exactly 1 MiB.
  const half = JSON.stringify("x".repeat(MAX_BODY_BYTES / 2 - 4));
  const rest = JSON.stringify("x".repeat(MAX_BODY_BYTES / 2 - 3));
  expect(splitTasks([half, rest])).toHaveLength(1);
  expect(splitTasks([rest, rest])).toHaveLength(2);
  expect(splitTasks([])).toEqual([]);
});

test("a task that fits into no request is named", () => {
  const large = JSON.stringify("x".repeat(MAX_BODY_BYTES - 3));
  expect(() => splitTasks(["1", large])).toThrow(
    new TypeError("the task at [1] takes 1048577 bytes as JSON; a request holds 1048576"),
  );
});
