import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { batchRequestSchema } from "./batch.ts";
import { readFields } from "./read-fields.ts";
import { scheduleRequestSchema } from "./schedule.ts";
import { taskSchema } from "./task.ts";

/** Reads on from the name of a field, or is a sentence of its own. */
const PLAIN_WORDS =
  /^(?:must (?:be|hold|have|not be|not stand) |is not a known field$|holds a name |a task has )/;
const JARGON = /invalid|expected|received|too (?:small|big)|unrecognized|\bNaN\b|undefined/i;

function errorsOf(schema: z.ZodType, sent: unknown) {
  const read = readFields(schema, sent);
  return read.kind === "invalid" ? read.errors : [];
}

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  ...[fc.integer(), fc.double(), fc.string(), fc.array(fc.anything({ maxDepth: 1 }))],
);

test.each<[what: string, schema: z.ZodObject, nested: Record<string, string[]>]>([
  [
    "task",
    taskSchema,
    {
      call: ["url", "method", "args", "timeout"],
      webhook: [
        ...["name", "url", "method", "headers", "cookies", "auth", "timeout"],
        ...["max_retries", "retry_intervals"],
      ],
    },
  ],
  ["schedule", scheduleRequestSchema, { task: ["owner", "priority", "call", "handler", "id"] }],
  ["batch", batchRequestSchema, { mix: ["Low", "Moderate", "Major", "Critical"] }],
])(
  "whatever comes as a field of a %s, what it takes is said in plain words",
  (_what, schema, nested) => {
    const withParts: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(
      Object.keys(schema.shape).map((name) => [name, value]),
    );
    for (const [name, fields] of Object.entries(nested)) {
      const part = fc.record(Object.fromEntries(fields.map((field) => [field, value])), {
        requiredKeys: [],
      });
      withParts[name] = fc.oneof(value, part);
    }
    const body = fc.record({ ...withParts, "an unknown one": value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: body }, value), (sent) => {
        for (const { path, message } of errorsOf(schema, sent)) {
          expect(message, path).toMatch(PLAIN_WORDS);
          expect(message, path).not.toMatch(JARGON);
        }
      }),
      { numRuns: 2_000 },
    );
  },
);

test.each<[what: z.ZodType, sent: unknown, words: string]>([
  [z.string(), 1, "must be a text"],
  [z.number(), "1", "must be a number"],
  [z.int(), 1.5, "must be a whole number"],
  [z.boolean(), "yes", "must be true or false"],
  [z.record(z.string(), z.string()), [], "must be an object"],
  [z.array(z.string()), {}, "must be an array"],
  [z.date(), 1, "must be of another kind"],
  [z.enum(["a", "b", "c"]), "d", "must be a, b or c"],
  [z.literal("a"), "d", "must be a"],
  [z.number().min(2), 1, "must be at least 2"],
  [z.number().gt(2), 2, "must be more than 2"],
  [z.number().max(2), 3, "must be at most 2"],
  [z.number().lt(2), 2, "must be less than 2"],
  [z.number().multipleOf(2), 3, "must be a multiple of 2"],
  [z.string().min(2), "a", "must have at least 2 characters"],
  [z.array(z.string()).max(1), ["a", "b"], "must hold at most 1 items"],
  [z.email(), "a", "must be an e-mail address"],
  [z.url(), "a", "must be an address such as https://example.com/"],
  [z.string().regex(/b/), "a", "must be of another form"],
  [z.union([z.string(), z.number()]), null, "must be a text or a number"],
  [z.union([z.string(), z.object({ a: z.int() })]), { a: "x" }, "must be a text"],
  [z.xor([z.string(), z.any()]), "a", "must be something else"],
  [z.record(z.string().max(1), z.string()), { ab: "" }, "holds a name that is not possible there"],
])("where a schema has no sentence of its own: %#", (schema, sent, words) => {
  expect(errorsOf(z.object({ a: schema }), { a: sent })).toEqual([
    { path: expect.stringMatching(/^a/), message: words },
  ]);
});

test("unknown fields are named one by one, in bounds", () => {
  const schema = z.object({ a: z.strictObject({}) });
  const long = "n".repeat(100_000);
  expect(errorsOf(schema, { a: { b: 1, [long]: 2 } })).toEqual([
    { path: "a.b", message: "is not a known field" },
    { path: `a.${long}`.slice(0, 200), message: "is not a known field" },
  ]);
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`n${i}`, 1]));
  expect(errorsOf(schema, { a: many })).toHaveLength(100);
});
