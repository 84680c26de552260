import { taskSchema } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { expect, it } from "vitest";
import { DEEDS } from "../remotes/deed.ts";
import { RunTasks } from "./run-task.ts";

const tasks = new RunTasks(5, ["http://127.0.0.1:1", "http://127.0.0.1:2"]);
const numbers = Array.from({ length: 3_000 }, (_, n) => n);

it("makes tasks that can be sent, each from its number alone", () => {
  for (const n of numbers.slice(0, 200)) {
    const { body, taskid } = tasks.at(n);
    expect(taskSchema.safeParse(body).error).toBeUndefined();
    expect(taskid).toBe(taskidOf(body.batchid, body.id));
    expect(tasks.numberOf(body.batchid, body.id)).toBe(n);
    expect(tasks.at(n)).toEqual(tasks.at(n));
  }
  expect(tasks.numberOf("chaos-5-0", 1)).toBeNull();
});

it("draws every deed, chains and several predecessors, and no circles", () => {
  const drawn = numbers.map((n) => tasks.at(n));
  expect(new Set(drawn.flatMap(({ script }) => script))).toEqual(new Set(DEEDS));
  expect(drawn.some(({ after }) => after.length > 2)).toBe(true);
  const place = new Map(drawn.map(({ taskid }, n) => [taskid, n]));
  let forward = 0;
  for (const [n, { after }] of drawn.entries()) {
    for (const other of after.map((taskid) => place.get(taskid) ?? n + 1)) {
      if (other < n) continue;
      forward += 1;
      expect(other).toBe(n + 1);
      expect(tasks.isAwaited(other)).toBe(true);
      expect(tasks.at(other).after).toEqual([]);
    }
  }
  expect(forward).toBeGreaterThan(10);
});
