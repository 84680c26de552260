import { expect, test } from "vitest";
import { z } from "zod";
import { parseExact } from "./exact-json.ts";
import { type ArgsSchema, readArgs } from "./handler.ts";

const schema = z.object({
  x: z.union([z.number(), z.string().regex(/^\d+$/)]).meta({ rule: "must be a number" }),
  to: z.url().optional(),
  parts: z
    .array(z.object({ size: z.int().max(9) }).meta({ rule: "must be a part" }))
    .meta({ rule: "must be an array of parts" })
    .optional(),
});
const said = z.toJSONSchema(schema) as ArgsSchema;
const read = (args: unknown) => readArgs(schema, said, args);

test("what fits is given back", () => {
  expect(read({ x: "7" })).toEqual({ kind: "valid", value: { x: "7" } });
});

test("a number with more digits than a double holds counts as a double", () => {
  expect(read(parseExact('{"x":9007199254740993}'))).toEqual({
    kind: "valid",
    value: { x: 9_007_199_254_740_992 },
  });
});

test.each([
  ["nothing", undefined, [{ path: "args.x", message: "must be a number" }]],
  ["no object", [1], [{ path: "args", message: "must be an object" }]],
  ["one of two ways", { x: "seven" }, [{ path: "args.x", message: "must be a number" }]],
  [
    "no rule of its own",
    { x: 1, to: "here" },
    [{ path: "args.to", message: "must be an address such as https://example.com/" }],
  ],
  [
    "the innermost rule, once for each place",
    { x: 1, parts: [{ size: 1 }, { size: 10.5 }, 3] },
    [
      { path: "args.parts.1.size", message: "must be a part" },
      { path: "args.parts.2", message: "must be a part" },
    ],
  ],
  [
    "the rule of what holds it",
    { x: 1, parts: "all" },
    [{ path: "args.parts", message: "must be an array of parts" }],
  ],
])("%s: every bad field is named in plain words", (_what, args, errors) => {
  expect(read(args)).toEqual({ kind: "invalid", errors });
});
