import { createLogger } from "@taskpulse/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { httpAddress, numeric, probability } from "./arg-types.ts";
import type { HandlerContext } from "./define-handler.ts";
import { describeArgs } from "./describe-args.ts";
import { HANDLERS } from "./registry.ts";

const words = fc.constantFrom("", " ", "a", "A", " ab ", "abc", "no", "true", "2026-01-31");
const texts = fc.oneof(
  words,
  fc.string({ maxLength: 5 }),
  fc.double().map(String),
  fc.integer().map((n) => ` ${n}`),
  fc.webUrl(),
  fc.constantFrom("HTTP://a.example/", "ftp://a.example/", "http:a", "https://", "1e3", "0x10"),
);
const kinds = fc.constantFrom({ kind: "a" }, { kind: "b" }, { kind: "b", n: "7" });
const value = fc.oneof(kinds, texts, fc.double(), fc.integer({ min: -3, max: 9 }), fc.jsonValue());

/** Fields of all kinds whose JSON Schema says less, or something else, than zod does. */
const odd = z.object({
  coerced: z.coerce.number().min(1).optional(),
  flags: z.string().regex(/^a$/i).optional(),
  trimmed: z.string().trim().min(1).max(3).optional(),
  lower: z.string().toLowerCase().regex(/^a+$/).optional(),
  before: z
    .preprocess((given) => (typeof given === "string" ? Number(given) : given), z.number())
    .optional(),
  day: z.coerce.date().optional(),
  refined: z
    .string()
    .refine((text) => text !== "no")
    .optional(),
  piped: z
    .string()
    .transform((text) => text.length)
    .pipe(z.number().min(2))
    .optional(),
  flag: z.stringbool().optional(),
  number: numeric().optional(),
  chance: probability().optional(),
  address: httpAddress().optional(),
  either: z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("a") }),
      z.object({ kind: z.literal("b"), n: numeric().default(1) }),
    ])
    .optional(),
});

test.each(Object.entries(odd.shape))(
  "whatever a field takes that is %s, its description takes too",
  (name, field) => {
    const schema = z.object({ [name]: field });
    const said = z.fromJSONSchema(describeArgs(schema));
    let taken = 0;
    fc.assert(
      fc.property(value, (sent) => {
        if (!schema.safeParse({ [name]: sent }).success) return;
        taken += 1;
        expect(said.safeParse({ [name]: sent }).success, JSON.stringify(sent)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(0);
  },
);

test.each(HANDLERS.map((handler) => [handler.name, handler] as const))(
  "%s is described so well that nothing is taken that it would refuse",
  async (_, handler) => {
    const said = z.fromJSONSchema(handler.args);
    const names = Object.keys((handler.args.properties ?? {}) as object);
    expect(names.length).toBeGreaterThan(0);
    const sent = fc.record(Object.fromEntries(names.map((name) => [name, value])), {
      requiredKeys: [],
    });
    await fc.assert(
      fc.asyncProperty(sent, async (given) => {
        if (!said.safeParse(given).success) return;
        const failure = await (async () => handler.run(given, context))().catch(String);
        expect(String(failure)).not.toMatch(/args/);
      }),
      { numRuns: 3_000 },
    );
  },
);

const context: HandlerContext = {
  ...{ taskid: "t", attempt: 1, signal: new AbortController().signal },
  log: createLogger("worker", "silent"),
  call: async () => ({ status: 200, headers: {}, text: "", isWhole: true }),
};
