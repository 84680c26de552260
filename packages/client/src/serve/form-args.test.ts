import fc from "fast-check";
import { expect, test } from "vitest";
import { callAsWorker, servingNode } from "../fixtures/serving.ts";
import { readForms } from "./form-args.ts";
import { webhookTask } from "./webhook-task.ts";

test("later forms win over earlier ones, name by name", () => {
  const first = (forms: string[]) =>
    Object.fromEntries([...readForms(...forms)].map(([name, all]) => [name, all[0]]));
  expect(first(["x=1&x=2&y=3", "x=9"])).toEqual({ x: 9, y: 3 });
  expect(first([""])).toEqual({});
});

/** What comes back as it was sent: texts that don't look like something else, and arrays of two or more. */
const text = fc.string({ unit: "grapheme" }).filter((value) => {
  if (["true", "false", "null"].includes(value) || /^[[{]/.test(value)) return false;
  return String(Number(value)) !== value;
});
const scalar = fc.oneof(
  ...[text, fc.boolean(), fc.constant(null), fc.integer()],
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);
const object = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as object);
const value = fc.oneof(
  scalar,
  object,
  fc.array(fc.oneof(scalar, object), { minLength: 2, maxLength: 4 }),
);

test("arguments that Taskpulse sends arrive as they were given, by query and by form", async () => {
  await using server = await servingNode(webhookTask((args: object) => args).node);
  const method = fc.constantFrom("GET" as const, "POST" as const);
  const args = fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), value, { maxKeys: 5 });
  await fc.assert(
    fc.asyncProperty(method, args, async (method, sent) => {
      const outcome = await callAsWorker({ url: server.url, method, args: sent });
      expect(outcome).toEqual({ kind: "succeeded", status: 200, retval: { ...sent } });
    }),
    { numRuns: 200 },
  );
});
