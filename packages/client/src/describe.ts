/** A value's kind for a message; never the value itself, which may be long or secret. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "undefined") return "nothing";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of an object that another realm made, as test runners do, is not ours.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @throws TypeError naming what `where` does not take: a mistyped option would else do nothing */
export function knownOptions(where: string, options: unknown, known: readonly string[]): void {
  if (!isPlainObject(options)) {
    throw new TypeError(`the options of ${where} must be an object, not ${describe(options)}`);
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new TypeError(
    `${where} does not take ${unknown.map((name) => `\`${name}\``).join(", ")}; it takes ${known.join(", ")}`,
  );
}
