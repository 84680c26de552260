import { expect, test } from "vitest";
import { batchRequestSchema } from "./batch.ts";

const pathsOf = (request: unknown) =>
  batchRequestSchema.safeParse(request).error?.issues.map((issue) => issue.path.join("."));

test.each([
  [{}],
  [{ count: 1 }],
  [{ count: 100_000, waitSeconds: 0, concurrency: 256, seed: 0 }],
  [{ min: 5, max: 5, waitSeconds: 3_600 }],
  [{ mix: { Critical: 1 } }],
])("%j is a batch", (request) => {
  expect(pathsOf(request)).toBeUndefined();
});

test.each([
  [{ count: 0 }, "count"],
  [{ count: 100_001 }, "count"],
  [{ count: 1.5 }, "count"],
  [{ count: "5" }, "count"],
  [{ count: 5, min: 1, max: 2 }, "count"],
  [{ min: 2, max: 1 }, "min"],
  [{ waitSeconds: -1 }, "waitSeconds"],
  [{ waitSeconds: 3_601 }, "waitSeconds"],
  [{ concurrency: 0 }, "concurrency"],
  [{ concurrency: 257 }, "concurrency"],
  [{ seed: -1 }, "seed"],
  [{ mix: { Low: 0 } }, "mix"],
  [{ colour: "teal" }, ""],
])("%j names what is wrong: %s", (request, path) => {
  expect(pathsOf(request)).toEqual([path]);
});
