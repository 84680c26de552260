import fc from "fast-check";
import { expect, test } from "vitest";
import { isExactNumber, mayLoseDigits, parseExact, toDouble, toDoubles } from "./exact-json.ts";

const roundTrip = (text: string) => JSON.stringify(parseExact(text));

test.each([
  "9007199254740993",
  "-9007199254740993",
  "1152921504606846976",
  "1e400",
  "-1E+400",
  "1e-400",
  "1e309",
  "5e-325",
  "3e-324",
  "123456789012345e300",
  "0.1234567890123456789",
  "3.14159265358979323846264338327950288",
  "123456789012345678901234567890",
])("%s keeps its digits, wherever it stands", (number) => {
  expect(roundTrip(`{"a":${number}}`)).toBe(`{"a":${number}}`);
  expect(roundTrip(`[1,\n${number} ]`)).toBe(`[1,${number}]`);
  expect(roundTrip(`{"a":[{"b":"x","c": ${number}}]}`)).toBe(`{"a":[{"b":"x","c":${number}}]}`);
});

test.each([
  ["1.0", 1],
  ["15e-1", 1.5],
  ["0.30000000000000004", 0.30000000000000004],
  ["1e3", 1_000],
  ["100000000000000000000", 1e20],
  ["0e999999999999", 0],
  ["0.000e-999", 0],
  ["1e-290", 1e-290],
  ["1.7976931e+308", 1.7976931e308],
  ["123456789012345", 123_456_789_012_345],
  ["1e0000000000001", 10],
  ["-0.0000000000000000", -0],
])("%s is a number as any other", (number, value) => {
  expect(parseExact(`[${number}]`)).toEqual([value]);
});

test("a text that holds digits is a text", () => {
  const text = JSON.stringify({ a: "x: 9007199254740993, 1e400", b: ["12345678901234567890"] });
  expect(parseExact(text)).toEqual(JSON.parse(text));
});

test("of a key that stands twice the last one counts, __proto__ is a key as any other", () => {
  expect(roundTrip('{"a":9007199254740993,"a":1e400}')).toBe('{"a":1e400}');
  expect(roundTrip('{"a":1e400,"a":1}')).toBe('{"a":1}');
  const parsed = parseExact('{"__proto__":{"x":1e400},"constructor":{"prototype":{"x":1}}}');
  expect(JSON.stringify(parsed)).toBe(
    '{"__proto__":{"x":1e400},"constructor":{"prototype":{"x":1}}}',
  );
  expect(Reflect.get({}, "x")).toBeUndefined();
});

/** Compares what is written, with whole numbers of any size. */
function isSameNumber(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => {
    const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
    const [whole = "", fraction = ""] = mantissa.split(".");
    return {
      digits: BigInt(whole.replace("-", "") + fraction),
      power: Number(exponent) - fraction.length,
    };
  });
  if (a === undefined || b === undefined) return false;
  if (a.digits === 0n || b.digits === 0n) return a.digits === b.digits;
  const least = Math.min(a.power, b.power);
  const scaled = ({ digits, power }: typeof a) => digits * 10n ** BigInt(power - least);
  return one.startsWith("-") === other.startsWith("-") && scaled(a) === scaled(b);
}

test("every number of any length is given back as itself, or digit for digit", () => {
  const digits = fc.stringMatching(/^\d{1,40}$/);
  const number = fc
    .tuple(
      fc.constantFrom("", "-"),
      digits.map((text) => text.replace(/^0+(?=\d)/, "")),
      fc.option(digits, { nil: undefined }),
      fc.option(fc.stringMatching(/^[eE][+-]?\d{1,4}$/), { nil: undefined }),
    )
    .map(
      ([sign, whole, fraction, exponent]) =>
        sign + whole + (fraction === undefined ? "" : `.${fraction}`) + (exponent ?? ""),
    );
  fc.assert(
    fc.property(number, fc.constantFrom("[", '{"a":', '{"a": ', "[0,"), (source, before) => {
      const text = before + source + (before.startsWith("[") ? "]" : "}");
      const value = Object.values(parseExact(text) as object).at(-1) as unknown;
      if (typeof value === "number") {
        expect(value).toBe(Number(source));
        expect(isSameNumber(String(value), source)).toBe(true);
      } else {
        expect(JSON.stringify(value)).toBe(source);
        expect(isExactNumber(value as object)).toBe(true);
        expect(mayLoseDigits(text)).toBe(true);
        expect(toDouble(value)).toBe(Number(source));
        const double = Number(source);
        expect(Number.isFinite(double) && isSameNumber(String(double), source)).toBe(false);
      }
      const again = JSON.stringify(parseExact(text));
      expect(JSON.stringify(parseExact(again))).toBe(again);
    }),
    { numRuns: 1_000 },
  );
});

test("a hostile number takes no longer than a long one", () => {
  const beganAt = performance.now();
  roundTrip(`[${"1"}${"0".repeat(500_000)}1,0.${"0".repeat(500_000)}1]`);
  expect(performance.now() - beganAt).toBeLessThan(1_000);
});

test("ordinary numbers take the fast way, with an exponent too", () => {
  for (const number of [
    "1e1",
    "1.5E-7",
    "-2.5e+10",
    "0e99",
    "123456789012345",
    "0.1234567890123",
  ]) {
    expect(mayLoseDigits(`[${number}]`)).toBe(false);
  }
});

test("beside a number that no double holds, ordinary ones cost little more than to be looked at", () => {
  const text = `[1e400${",1e1,1.5E-7".repeat(20_000)}]`;
  const [lookedAt = 0, parsed = 0] = leastCpuMs(
    () => JSON.parse(text, (_key, value: unknown) => value),
    () => parseExact(text),
  );
  expect(parsed).toBeLessThan(1.6 * lookedAt);
});

/**
 * Of several times, in turns, in milliseconds that this thread has worked: what else the machine
 * does meanwhile counts little.
 */
function leastCpuMs(...runs: ReadonlyArray<() => unknown>): number[] {
  const least = runs.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 7; round++) {
    for (const [i, run] of runs.entries()) {
      const before = process.threadCpuUsage();
      run();
      const { user, system } = process.threadCpuUsage(before);
      least[i] = Math.min(least[i] ?? 0, (user + system) / 1_000);
    }
  }
  return least;
}

test("doubles for every number at any depth, and nothing is copied that holds only such", () => {
  const plain = parseExact('{"a":[1,{"b":"x"}],"__proto__":{"c":null}}');
  expect(toDoubles(plain)).toBe(plain);
  const rounded = toDoubles(parseExact('{"a":[1,{"b":9007199254740993}],"__proto__":1e400}'));
  expect(Object.entries(rounded as object)).toEqual([
    ["a", [1, { b: 9_007_199_254_740_992 }]],
    ["__proto__", Number.POSITIVE_INFINITY],
  ]);
  for (const value of [null, "x", true, 1.5, []]) expect(toDoubles(value)).toBe(value);
});
