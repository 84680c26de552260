import { expect, test } from "vitest";
import { Sessions } from "./sessions.ts";

test("to try a token against a cookie takes its time, to read a cookie does not", () => {
  const began = performance.now();
  const sessions = new Sessions("correct-horse-battery");
  expect(performance.now() - began).toBeGreaterThan(15);
  const cookie = sessions.open(false).split(";")[0];
  const reading = performance.now();
  for (let i = 0; i < 100; i++) expect(sessions.read(cookie)).not.toBeNull();
  expect(performance.now() - reading).toBeLessThan(1_000);
});
