import { expect, it } from "vitest";
import { deedAt, scriptPath } from "./deed.ts";

it("does what the script says at each attempt, and its last deed again and again", () => {
  const path = scriptPath(["503", "reset", "late-fail"]);
  expect([1, 2, 3, 4, 9].map((attempt) => deedAt(path, attempt))).toEqual([
    ...["503", "reset", "late-fail", "late-fail", "late-fail"],
  ]);
});

it("knows no deed for other paths", () => {
  for (const path of ["/", "/run/", "/run/ok.nothing", "/ok"]) {
    expect(deedAt(path, 2)).toBeNull();
  }
  expect(deedAt(scriptPath(["ok"]), Number.NaN)).toBeNull();
});
