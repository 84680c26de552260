import { parseExact } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formOf, queryWith } from "./form.ts";

test.each([
  [{}, ""],
  [{ x: 10, y: 10 }, "x=10&y=10"],
  [{ text: "a b+c&d=e", ü: "ß€😀" }, "text=a+b%2Bc%26d%3De&%C3%BC=%C3%9F%E2%82%AC%F0%9F%98%80"],
  [{ t: true, f: false, n: null }, "t=true&f=false&n=null"],
  [{ a: [1, "two", null, true], b: [] }, "a=1&a=two&a=null&a=true"],
  [{ o: { k: [1, { z: null }] } }, "o=%7B%22k%22%3A%5B1%2C%7B%22z%22%3Anull%7D%5D%7D"],
  [{ a: [[1, 2], { k: 1 }] }, "a=%5B1%2C2%5D&a=%7B%22k%22%3A1%7D"],
  [{ small: 1e-7, large: 1e21, minus: -0.5 }, "small=1e-7&large=1e%2B21&minus=-0.5"],
  [{ "": "", "a=b": "*-._~" }, "=&a%3Db=*-._%7E"],
  [{ lone: "\ud800" }, "lone=%EF%BF%BD"],
  [{ lines: "a\r\nb" }, "lines=a%0D%0Ab"],
])("%j is sent as %s", (args, form) => {
  expect(formOf(args)).toBe(form);
});

test("numbers keep the digits that a double would lose, at any depth", () => {
  const args = parseExact(
    '{"id":12345678901234567890,"list":[0.12345678901234567890],"o":{"n":1e400}}',
  ) as Record<string, unknown>;
  expect(decodeURIComponent(formOf(args))).toBe(
    'id=12345678901234567890&list=0.12345678901234567890&o={"n":1e400}',
  );
});

test("an argument named like what objects inherit is one like any other", () => {
  const args = JSON.parse('{"__proto__":"p","constructor":"c","toString":1}');
  expect(formOf(args)).toBe("__proto__=p&constructor=c&toString=1");
  expect(queryWith("toString=0&hasOwnProperty=1", args)).toBe(
    "hasOwnProperty=1&__proto__=p&constructor=c&toString=1",
  );
});

test.each([
  ["", {}, ""],
  ["a=1", {}, "a=1"],
  ["", { a: 1 }, "a=1"],
  ["a=1&b=2&a=3", { a: 9 }, "b=2&a=9"],
  ["a=1&b=2", { a: [7, 8] }, "b=2&a=7&a=8"],
  ["a=1&b=2", { a: [] }, "b=2"],
  ["%61=1&b=2", { a: 9 }, "b=2&a=9"],
  ["a+b=1&c", { "a b": 9 }, "c&a+b=9"],
  ["A=1", { a: 9 }, "A=1&a=9"],
  ["q=%e4%20x&r=%zz&s", { a: 9 }, "q=%e4%20x&r=%zz&s&a=9"],
  ["&&a=1&", { b: 2 }, "a=1&b=2"],
  ["=x&=y", { "": "z" }, "=z"],
])("the query %s with %j is %s", (query, args, expected) => {
  expect(queryWith(query, args)).toBe(expected);
});

test("whoever reads the query finds what was given, and what was there under other names", () => {
  const name = fc.string({ unit: "grapheme", maxLength: 5 });
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, text)),
      fc.dictionary(name, fc.oneof(text, fc.array(text), fc.boolean(), fc.integer())),
      (before, args) => {
        const kept = before.filter(([key]) => !Object.hasOwn(args, key));
        const added = Object.entries(args).flatMap(([key, value]) =>
          (Array.isArray(value) ? value : [value]).map((item) => [key, String(item)]),
        );
        const query = queryWith(new URLSearchParams(before).toString(), args);
        expect(query).toMatch(/^[\x21-\x7e]*$/);
        expect([...new URLSearchParams(query)]).toEqual([...kept, ...added]);
      },
    ),
  );
});
