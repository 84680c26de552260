/**
 * A query and a form hold only texts: 10 and "10" look alike there. What one name may mean is
 * therefore a list of readings, the likeliest first; a schema chooses among them, and without one the
 * first counts.
 */
export type Readings = ReadonlyMap<string, readonly unknown[]>;

/** Of queries without `?`, and of forms (application/x-www-form-urlencoded). Names in later ones win. */
export function readForms(...forms: readonly string[]): Readings {
  const readings = new Map<string, readonly unknown[]>();
  for (const form of forms) {
    const texts = new Map<string, string[]>();
    for (const [name, text] of new URLSearchParams(form)) {
      const known = texts.get(name);
      if (known === undefined) texts.set(name, [text]);
      else known.push(text);
    }
    for (const [name, all] of texts) readings.set(name, readingsOf(all));
  }
  return readings;
}

/** A name that is repeated is an array; one that is not may be an array of one. */
function readingsOf(texts: readonly string[]): readonly unknown[] {
  const values = texts.map(readText);
  const arePlain = texts.every((text, index) => text === values[index]);
  if (texts.length > 1) return arePlain ? [texts] : [values, texts];
  return arePlain ? [texts[0], texts] : [values[0], texts[0], values, texts];
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]\d+)?$/;

/**
 * The value that Taskpulse writes as this text: a number, true, false, null, an object, or an array
 * within an array; otherwise the text itself. A number that would be written otherwise, such as 007
 * or 1.50, or that a double does not hold, stays a text.
 */
function readText(text: string): unknown {
  if (text === "true") return true;
  if (text === "false") return false;
  if (text === "null") return null;
  if (NUMBER.test(text)) return String(Number(text)) === text ? Number(text) : text;
  if (!/^[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
