import type { z } from "zod";
import { toDoubles } from "./exact-json.ts";
import { type ReadFields, readFields } from "./read-fields.ts";

/** JSON Schema 2020-12. In addition, `rule` is the one sentence for whatever is wrong with a value. */
export type ArgsSchema = Readonly<Record<string, unknown>>;

/** What workers say of a handler, and `GET /api/handlers` of each. */
export interface HandlerInfo {
  name: string;
  description: string;
  /** What it takes as `args`: an object. */
  args: ArgsSchema;
  /** What holds where a task says nothing; left out: what holds for every task. */
  max_retries?: number;
  /** Seconds, the last one repeats. */
  retry_intervals?: readonly number[];
}

/** `GET /api/handlers` */
export interface HandlerList {
  handlers: HandlerInfo[];
}

/**
 * Reads the `args` of a task. A handler counts in doubles: numbers with more digits are rounded first.
 *
 * @param schema what reads them
 * @param said the same as the handler's worker said it, with the rules that a schema can't carry
 */
export function readArgs<S extends z.ZodType>(
  schema: S,
  said: ArgsSchema,
  args: unknown,
): ReadFields<z.output<S>> {
  const read = readFields(schema, toDoubles(args ?? {}));
  if (read.kind === "valid") return read;
  const errors = read.errors.map(({ path, message }) => ({
    path: path === "" ? "args" : `args.${path}`,
    message: ruleAt(said, path) ?? message,
  }));
  // Several parts of one value may be wrong, and one rule says it all.
  const told = new Set<string>();
  return {
    kind: "invalid",
    errors: errors.filter(({ path, message }) => {
      const line = `${path} ${message}`;
      return !told.has(line) && told.add(line);
    }),
  };
}

/** The rule of the innermost value on the way to `path` that has one. */
function ruleAt(schema: ArgsSchema, path: string): string | undefined {
  let rule: string | undefined;
  let at: unknown = schema;
  for (const key of ["", ...path.split(".")]) {
    if (key !== "") at = inside(at, key);
    if (typeof at !== "object" || at === null) break;
    if ("rule" in at && typeof at.rule === "string") rule = at.rule;
  }
  return rule;
}

function inside(schema: unknown, key: string): unknown {
  if (typeof schema !== "object" || schema === null) return undefined;
  if ("properties" in schema) {
    const { properties } = schema;
    if (typeof properties === "object" && properties !== null && Object.hasOwn(properties, key)) {
      return Reflect.get(properties, key);
    }
  }
  return "items" in schema ? schema.items : undefined;
}
