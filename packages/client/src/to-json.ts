/** @throws TypeError that names what can't be written, and why: a cycle, a BigInt */
export function toJson(what: string, value: object): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`${what} can't be written as JSON: ${why}`, { cause });
  }
}
