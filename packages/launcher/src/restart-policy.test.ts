import { expect, it } from "vitest";
import { RestartPolicy } from "./restart-policy.ts";

it("doubles the pause of a part that keeps crashing, and starts over after a minute", () => {
  let now = 0;
  const policy = new RestartPolicy(() => now);
  expect(policy.crashed("consumer")).toEqual({ kind: "restart", delayMs: 200 });
  expect(policy.crashed("consumer")).toEqual({ kind: "restart", delayMs: 400 });
  expect(policy.crashed("producer")).toEqual({ kind: "restart", delayMs: 200 });
  expect(policy.crashed("consumer")).toEqual({ kind: "restart", delayMs: 800 });
  now = 60_000;
  expect(policy.crashed("consumer")).toEqual({ kind: "restart", delayMs: 200 });
});

it("gives up at the fifth crash within a minute, whichever parts crashed", () => {
  let now = 0;
  const policy = new RestartPolicy(() => now);
  for (const part of ["consumer", "producer", "Redis", "consumer"]) {
    expect(policy.crashed(part).kind).toBe("restart");
    now += 14_000;
  }
  expect(policy.crashed("producer")).toEqual({ kind: "give-up" });
});

it("does not give up over crashes further apart", () => {
  let now = 0;
  const policy = new RestartPolicy(() => now);
  for (let i = 0; i < 50; i += 1) {
    expect(policy.crashed("consumer").kind).toBe("restart");
    now += 15_001;
  }
});
