import fc from "fast-check";
import { expect, test } from "vitest";
import { isTaskid, taskidOf } from "./identity.ts";

test("a taskid never changes from one version to the next", () => {
  expect(taskidOf("b", 1)).toBe("dwvm12v8xh5szvxp55ipiqw07j");
  expect(taskidOf("b", "1")).toBe("jrig7czc09x2360cw0qspy504b");
});

test("every identity has a taskid of its own, 7 and '7' included", () => {
  const id = fc.oneof(fc.nat(), fc.string({ minLength: 1, maxLength: 200, unit: "binary" }));
  const identity = fc.tuple(fc.string({ minLength: 1, maxLength: 200, unit: "binary" }), id);
  fc.assert(
    fc.property(
      fc.uniqueArray(identity, { selector: (i) => JSON.stringify(i), maxLength: 50 }),
      (all) => {
        const taskids = all.map(([batchid, i]) => taskidOf(batchid, i));
        expect(taskids.every(isTaskid)).toBe(true);
        expect(new Set(taskids).size).toBe(all.length);
      },
    ),
  );
  expect(taskidOf("a", 7)).not.toBe(taskidOf("a", "7"));
  expect(taskidOf("a1", 1)).not.toBe(taskidOf("a", 11));
});
