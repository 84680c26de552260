/** Arguments as they are sent: names to JSON values, long numbers as `parseExact` keeps them. */
export type Args = Readonly<Record<string, unknown>>;

/**
 * `application/x-www-form-urlencoded` (WHATWG URL, section 5): UTF-8, a space is `+`. An array repeats
 * its key, an empty one sends nothing; objects, and arrays within arrays, are JSON; numbers keep
 * all their digits; `true`, `false` and `null` are written so.
 */
export function formOf(args: Args): string {
  const form = new URLSearchParams();
  for (const name of Object.keys(args)) {
    const value = args[name];
    if (Array.isArray(value)) for (const item of value) form.append(name, textOf(item));
    else if (value !== undefined) form.append(name, textOf(value));
  }
  return form.toString();
}

/**
 * A query with arguments added: they take the place of parameters of the same name; the others stay
 * as they are written.
 *
 * @param query without `?`
 */
export function queryWith(query: string, args: Args): string {
  const kept = query
    .split("&")
    .filter((part) => part !== "" && !Object.hasOwn(args, nameOf(part)))
    .join("&");
  const added = formOf(args);
  return kept === "" || added === "" ? kept + added : `${kept}&${added}`;
}

function textOf(value: unknown): string {
  // JSON.stringify also writes the digits of numbers that no double holds.
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
}

/** The decoded name of `name=value`. */
function nameOf(part: string): string {
  const [name = ""] = new URLSearchParams(part).keys();
  return name;
}
