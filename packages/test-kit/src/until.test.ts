import { describe, expect, it } from "vitest";
import { until } from "./until.ts";

describe("until", () => {
  it("returns the first truthy value", async () => {
    let calls = 0;
    expect(await until(() => (++calls === 3 ? "third" : undefined), { everyMs: 1 })).toBe("third");
    expect(calls).toBe(3);
  });

  it("treats an error as not yet, and tells the last one when time is up", async () => {
    const refused = new Error("connection refused");
    const waiting = until(() => Promise.reject(refused), { timeoutMs: 30, what: "the server" });
    await expect(waiting).rejects.toMatchObject({
      message: "waited 30 ms for the server; last seen: connection refused",
      cause: refused,
    });
  });

  it("gives up on a check that hangs", async () => {
    const waiting = until(() => new Promise(() => {}), { timeoutMs: 30 });
    await expect(waiting).rejects.toThrow("never answered");
  });
});
