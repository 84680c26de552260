import type { ArgsSchema } from "@taskpulse/contract";

/** One field of a form that is made from the JSON schema of a handler's args. */
export interface ArgField {
  name: string;
  required: boolean;
  /** What it is for; null when the schema does not say. */
  description: string | null;
  /** The sentence for whatever is wrong with it; null likewise. */
  rule: string | null;
  kind: ArgKind;
}

/** `json`: whatever the form has no field for is written as JSON. */
type ArgKind =
  | { kind: "number" }
  | { kind: "text"; long: boolean }
  | { kind: "yesNo" }
  | { kind: "choice"; options: readonly (string | number | boolean | null)[] }
  | { kind: "json" };

/** From so many characters on, a text gets more than one line. */
const LONG_TEXT = 1_000;

export function argFields(schema: ArgsSchema): ArgField[] {
  const { properties, required } = schema;
  if (!isObject(properties)) return [];
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, value]) => {
    const field = isObject(value) ? value : {};
    return {
      name,
      required: needed.includes(name),
      description: textOf(field.description),
      rule: textOf(field.rule),
      kind: kindOf(field),
    };
  });
}

function kindOf(field: Record<string, unknown>): ArgKind {
  if (Array.isArray(field.enum)) {
    const options = field.enum.filter(
      (one) => one === null || ["string", "number", "boolean"].includes(typeof one),
    );
    return { kind: "choice", options };
  }
  const types = typesOf(field);
  if (types.has("number") || types.has("integer")) return { kind: "number" };
  if (types.has("boolean")) return { kind: "yesNo" };
  if (types.has("string")) {
    const { maxLength, format } = field;
    const long = format === undefined && typeof maxLength === "number" && maxLength > LONG_TEXT;
    return { kind: "text", long };
  }
  return { kind: "json" };
}

/** What it may be, also where that is one of several. */
function typesOf(field: Record<string, unknown>): Set<string> {
  const { type, anyOf, oneOf } = field;
  const own = Array.isArray(type) ? type : [type];
  const others = [anyOf, oneOf].flatMap((some) => (Array.isArray(some) ? some : []));
  const nested = others.flatMap((one) => (isObject(one) ? [...typesOf(one)] : []));
  return new Set([...own, ...nested].filter((one) => typeof one === "string"));
}

export type ReadArgs =
  | { kind: "args"; args: Record<string, unknown> }
  | { kind: "wrong"; errors: Readonly<Record<string, string>> };

/** The args that the form's texts stand for; what is empty and not required is left out. */
export function readArgTexts(
  fields: readonly ArgField[],
  texts: Readonly<Record<string, string>>,
): ReadArgs {
  const args: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const text = texts[field.name] ?? "";
    if (text.trim() === "") {
      if (field.required) errors[field.name] = "must be given";
      continue;
    }
    const value = parsedAs(field, text);
    if (value === undefined) errors[field.name] = field.rule ?? WRONG[field.kind.kind];
    else args[field.name] = value;
  }
  return Object.keys(errors).length > 0 ? { kind: "wrong", errors } : { kind: "args", args };
}

const WRONG: Record<ArgKind["kind"], string> = {
  number: "must be a number",
  text: "must be a text",
  yesNo: "must be yes or no",
  choice: "must be one of those offered",
  json: "must be written as JSON",
};

function parsedAs({ kind }: ArgField, text: string): unknown {
  switch (kind.kind) {
    case "number": {
      const number = Number(text);
      return Number.isFinite(number) ? number : undefined;
    }
    case "text":
      return text;
    case "yesNo":
      return text === "true";
    case "choice":
      return kind.options.find((option) => String(option) === text);
    case "json":
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return undefined;
      }
    default:
      return kind satisfies never;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
