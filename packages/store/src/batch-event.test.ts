import { PRIORITIES } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { packOutcome, type SendOutcome, unpackEvent } from "./batch-event.ts";

const reason = fc.string({ minLength: 1, maxLength: 200 }).map((text) => text.replace(/\s/g, "_"));
const result: fc.Arbitrary<SendOutcome["result"]> = fc.oneof(
  fc.constant({ kind: "delivered" as const }),
  fc.record({ kind: fc.constant("undelivered" as const), reason }),
  fc.record({ kind: fc.constant("retry" as const), reason, retryInMs: fc.nat(36_000) }),
);

test("what is packed is read back", () => {
  fc.assert(
    fc.property(
      fc.record({
        taskIndex: fc.nat(99_999),
        owner: fc.constantFrom("Jennifer Miles", "Zoë O'Hara-Núñez", "Li 2"),
        priority: fc.constantFrom(...PRIORITIES),
        status: fc.option(fc.integer({ min: 200, max: 599 })),
        tries: fc.integer({ min: 1, max: 8 }),
        ms: fc.nat(1_000),
        result,
      }),
      (outcome) => {
        const kind = outcome.result.kind === "retry" ? "a" : "t";
        const event = unpackEvent("b", 100_000, "1-2", kind, packOutcome(outcome));
        const { taskIndex, owner, priority, status, tries, ms } = outcome;
        expect(event).toEqual({
          kind: kind === "a" ? "attempt" : "task",
          id: "1-2",
          data: {
            ...{ index: taskIndex + 1, total: 100_000, status, attempts: tries, ms },
            task: { batchid: "b", id: taskIndex, owner, priority },
            ...("reason" in outcome.result ? { reason: outcome.result.reason } : {}),
            ...("retryInMs" in outcome.result ? { retryInMs: outcome.result.retryInMs } : {}),
          },
        });
      },
    ),
  );
});

test("a usual outcome takes less than 60 bytes; a reason can't break the format", () => {
  const outcome = { taskIndex: 99_999, owner: "Christopher Montgomery", priority: "Low" } as const;
  const delivered = packOutcome({
    ...{ ...outcome, status: 200, tries: 1, ms: 12, result: { kind: "delivered" } },
  });
  expect(Buffer.byteLength(delivered)).toBeLessThan(60);
  const nasty = packOutcome({
    ...{ ...outcome, status: 500, tries: 8, ms: 12 },
    result: { kind: "undelivered", reason: `a\tb\n${"x".repeat(1_000)}` },
  });
  const event = unpackEvent("b", 100_000, "1-1", "t", nasty);
  expect(event).toMatchObject({ data: { reason: expect.stringMatching(/^a b x{196}$/) } });
  expect(unpackEvent("b", 1, "1-1", "z", "")).toBeNull();
});
