import type { ArgsSchema } from "@taskpulse/contract";

/**
 * The args that query parameters or the fields of a form stand for: the reverse of how a call sends
 * them. A name that comes several times is an array. All are texts; where the handler takes a number, true or
 * false, an array or an object, and no text, what reads as one becomes one, and the rest stays as it is,
 * for the check of the args to name.
 *
 * @param schema of the handler's args; null when it is not known
 */
export function argsFromText(
  parameters: URLSearchParams,
  schema: ArgsSchema | null,
): Record<string, unknown> {
  const properties = fieldOf(schema, "properties");
  const given = new Map<string, string[]>();
  for (const [name, text] of parameters) {
    const texts = given.get(name);
    if (texts === undefined) given.set(name, [text]);
    else texts.push(text);
  }
  return Object.fromEntries(
    [...given].map(([name, texts]): [string, unknown] => {
      const wanted = hasOwn(properties, name) ? fieldOf(properties, name) : null;
      const [first = ""] = texts;
      if (isOf(wanted, "array") && !(texts.length === 1 && first.startsWith("["))) {
        const items = fieldOf(wanted, "items");
        return [name, texts.map((text) => readText(text, items))];
      }
      return [name, texts.length === 1 ? readText(first, wanted) : texts];
    }),
  );
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function readText(text: string, wanted: unknown): unknown {
  if (isOf(wanted, "number", "integer")) {
    const number = NUMBER.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(number) ? number : text;
  }
  if (isOf(wanted, "boolean")) return text === "true" ? true : text === "false" ? false : text;
  if (isOf(wanted, "array", "object")) return parsed(text);
  return text;
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : text;
  } catch {
    return text;
  }
}

/** Whether a schema takes these types and nothing else. */
function isOf(schema: unknown, ...types: readonly string[]): boolean {
  const type = fieldOf(schema, "type");
  return typeof type === "string" && types.includes(type);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function hasOwn(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name);
}
