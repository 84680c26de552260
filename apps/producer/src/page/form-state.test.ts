import { expect, test } from "vitest";
import { initialTexts, readForm } from "./form-state.ts";

const texts = initialTexts({
  ...{ minTasks: 2, maxTasks: 50, waitSeconds: 0.5 },
  ...{ receiverUrl: "http://127.0.0.1:5001/consumetasks", boardUrl: "http://127.0.0.1:5001" },
});

test("begins with the environment's defaults", () => {
  expect(readForm(texts)).toEqual({
    kind: "valid",
    request: { min: 2, max: 50, waitSeconds: 0.5, concurrency: 1 },
  });
});

test("a count takes the range's place; empty fields are left to the producer", () => {
  const typed = { ...texts, count: "7", waitSeconds: "", seed: "42", Critical: "0" };
  expect(readForm(typed)).toEqual({
    kind: "valid",
    request: {
      ...{ count: 7, concurrency: 1, seed: 42 },
      mix: { Low: 1, Moderate: 1, Major: 1, Critical: 0 },
    },
  });
});

test("names every wrong field", () => {
  const typed = { ...texts, count: "0", waitSeconds: "-1", concurrency: "1.5", seed: "x" };
  const read = readForm(typed);
  expect(read.kind === "invalid" && Object.keys(read.errors).sort()).toEqual(
    ["concurrency", "count", "seed", "waitSeconds"].sort(),
  );
  const reversed = readForm({ ...texts, min: "9", max: "3" });
  expect(reversed).toMatchObject({ kind: "invalid", errors: { min: "must not be above max" } });
  const none = readForm({ ...texts, Low: "0", Moderate: "0", Major: "0", Critical: "0" });
  expect(none).toMatchObject({ errors: { Low: "must have one weight above 0" } });
});
