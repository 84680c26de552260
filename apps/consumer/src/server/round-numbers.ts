import { toDouble } from "@taskpulse/contract";
import { z } from "zod";

/**
 * Makes doubles of the numbers in fields whose meaning is known: whoever acts on them counts in
 * doubles, and 2.1000000000000001 is how some programs write 2.1. All other fields, and `args`,
 * keep the digits.
 *
 * @param fields what has been found to be of this schema
 */
export function roundNumbers(schema: z.ZodObject, fields: object): void {
  for (const [name, optional] of Object.entries(schema.shape)) {
    const type = optional instanceof z.ZodOptional ? optional.unwrap() : optional;
    const value: unknown = Reflect.get(fields, name);
    if (type instanceof z.ZodNumber) {
      const rounded = toDouble(value);
      if (rounded !== value) Reflect.set(fields, name, rounded);
    } else if (Array.isArray(value)) {
      if (type instanceof z.ZodArray && type.element instanceof z.ZodNumber)
        Reflect.set(fields, name, value.map(toDouble));
    } else if (type instanceof z.ZodObject && typeof value === "object" && value !== null) {
      roundNumbers(type, value);
    }
  }
}
