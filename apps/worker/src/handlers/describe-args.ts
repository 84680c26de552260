import type { ArgsSchema } from "@taskpulse/contract";
import { z } from "zod";

/**
 * What a schema takes, as JSON Schema. It takes at least all that the schema takes, so that nobody is
 * refused by those who only know this; what JSON Schema can't say, the handler finds out.
 */
export function describeArgs(schema: z.ZodObject): ArgsSchema {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const dropped = KEYS_TO_DROP[looseness(zodSchema)];
      for (const key of Object.keys(jsonSchema)) {
        if (dropped === "constraints" ? !ANNOTATIONS.has(key) : dropped.includes(key)) {
          Reflect.deleteProperty(jsonSchema, key);
        }
      }
    },
  }) as ArgsSchema;
}

type Looseness = "none" | "text" | "anything";

const ANNOTATIONS = new Set(["title", "description", "examples", "default", "rule", "$schema"]);
const KEYS_TO_DROP: Readonly<Record<Looseness, readonly string[] | "constraints">> = {
  none: [],
  text: ["pattern", "allOf", "format", "minLength", "maxLength"],
  anything: "constraints",
};

/** How far zod takes more than it says: see its `toJSONSchema`. */
function looseness({ _zod: { def } }: z.core.$ZodTypes): Looseness {
  // `z.coerce`: what is taken becomes the kind that is said. `z.preprocess`: it becomes anything.
  if ("coerce" in def && def.coerce === true) return "anything";
  if (def.type === "pipe" && def.in._zod.def.type === "transform") return "anything";
  if (def.type !== "string") return "none";
  return def.checks?.some(isChangedFirst) ? "text" : "none";
}

/** `trim()` and its like come before the checks, and JSON Schema has no flags for patterns. */
function isChangedFirst({ _zod: { def } }: z.core.$ZodCheck<never>): boolean {
  if (def.check === "overwrite") return true;
  return "pattern" in def && def.pattern instanceof RegExp && /[imsuvy]/.test(def.pattern.flags);
}
