import type { z } from "zod";

/**
 * The one place where the complaints of schemas become sentences for people. Each reads on from the
 * name of a field: `limit` + `must be a whole number from 1 to 200`. A rule that a schema brings
 * itself comes first; this is what is said where it brings none.
 */
function inPlainWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? "of another kind"}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values.map(String))}`;
    case "too_small":
      return amount(issue, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return amount(issue, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "unrecognized_keys":
      return UNKNOWN_FIELD;
    case "invalid_key":
      return "holds a name that is not possible there";
    case "invalid_format":
      return FORMATS[issue.format] ?? "must be of another form";
    case "invalid_union":
      return `must be ${oneOf([...new Set(issue.errors.flatMap(kinds))]) || "something else"}`;
    default:
      return "must be something else";
  }
}

/** For `safeParse` of a schema whose complaints somebody reads. */
export const PLAIN = { error: inPlainWords } as const;

/** What is said of fields that a schema does not know. */
export const UNKNOWN_FIELD = "is not a known field";

/** Values as one names them in a sentence: `Low, Moderate, Major or Critical`. */
function oneOf(values: readonly string[]): string {
  const last = values.at(-1) ?? "";
  return values.length < 2 ? last : `${values.slice(0, -1).join(", ")} or ${last}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "an array",
  tuple: "an array",
  null: "null",
  undefined: "left out",
  never: "left out",
};

const FORMATS: Readonly<Record<string, string>> = {
  url: "must be an address such as https://example.com/",
  email: "must be an e-mail address",
  uuid: "must be a UUID",
  date: "must be a date such as 2026-01-31",
  datetime: "must be a date and time such as 2026-01-31T12:00:00Z",
};

/** What one of several alternatives would have taken. */
function kinds(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    const kind = issue.code === "invalid_type" ? KINDS[issue.expected] : undefined;
    return issue.path.length > 0 || kind === undefined ? [] : [kind];
  });
}

function amount({ origin }: { origin: string }, bound: string, limit: number | bigint): string {
  if (origin === "string") return `must have ${bound} ${limit} characters`;
  return origin === "array" || origin === "set" || origin === "object"
    ? `must hold ${bound} ${limit} items`
    : `must be ${bound} ${limit}`;
}
