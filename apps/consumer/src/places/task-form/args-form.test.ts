import { expect, test } from "vitest";
import { argFields, readArgTexts } from "./args-form.ts";

const SCHEMA = {
  type: "object",
  properties: {
    x: {
      rule: "must be a number, or a text that is one",
      anyOf: [{ type: "number" }, { type: "string" }],
    },
    url: { type: "string", format: "uri", maxLength: 2_000, description: "Is called." },
    message: { type: "string", maxLength: 10_000 },
    loud: { type: "boolean" },
    level: { enum: ["low", "high", 3] },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["x"],
};

test("a schema becomes fields that people can fill in", () => {
  const fields = argFields(SCHEMA);
  expect(fields.map(({ name, kind }) => [name, kind.kind])).toEqual([
    ["x", "number"],
    ["url", "text"],
    ["message", "text"],
    ["loud", "yesNo"],
    ["level", "choice"],
    ["tags", "json"],
  ]);
  expect(fields[0]).toMatchObject({ required: true, rule: SCHEMA.properties.x.rule });
  expect(fields[1]).toMatchObject({ required: false, description: "Is called." });
  expect(fields.map(({ kind }) => kind.kind === "text" && kind.long)).toEqual([
    ...[false, false, true],
    ...[false, false, false],
  ]);
  expect(argFields({ type: "object" })).toEqual([]);
});

test("texts become args, and what is empty is left out", () => {
  const texts = { x: "1e2", url: "", message: " hi ", loud: "true", level: "3", tags: '["a"]' };
  expect(readArgTexts(argFields(SCHEMA), texts)).toEqual({
    kind: "args",
    args: { x: 100, message: " hi ", loud: true, level: 3, tags: ["a"] },
  });
});

test("every wrong text is named, by the schema's own rule where it has one", () => {
  const fields = argFields(SCHEMA);
  expect(readArgTexts(fields, { x: "ten", tags: "[" })).toEqual({
    kind: "wrong",
    errors: { x: "must be a number, or a text that is one", tags: "must be written as JSON" },
  });
  expect(readArgTexts(fields, {})).toEqual({ kind: "wrong", errors: { x: "must be given" } });
});
