import fc from "fast-check";
import { expect, test } from "vitest";
import { readReply } from "./read-reply.ts";

const read = (text: string) => readReply(Buffer.from(text));
const failure = (type: string, message: unknown) => ({ kind: "failure", error: { type, message } });

test.each([
  ['{"status":"success","retval":100}', 100],
  ['{"status":"success","retval":null}', null],
  ['{"status":"success","retval":false,"reason":"ignored"}', false],
  ['{"status":"success","retval":{"a":[1,"ü"]}}', { a: [1, "ü"] }],
  ['\ufeff \r\n{"retval":"x","status":"success"}\n', "x"],
  ['{"status":"failure","status":"success","retval":1}', 1],
])("%s succeeds", (text, retval) => {
  expect(read(text)).toEqual({ kind: "success", retval });
});

test.each([
  ["", "empty response"],
  [" ", /^the reply is not JSON: Unexpected end of JSON input/],
  ["<html>", /^the reply is not JSON: Unexpected token '<'/],
  ['{"status":"success","retval":NaN}', /^the reply is not JSON: Unexpected token 'N'/],
  ['{"status":"success","retval":1', /^the reply is not JSON: Expected ',' or '}'/],
  ['{"status":"success","retval":1}x', /^the reply is not JSON: Unexpected non-whitespace/],
  ["null", "the reply is not a JSON object"],
  ["100", "the reply is not a JSON object"],
  ['"success"', "the reply is not a JSON object"],
  ['[{"status":"success","retval":1}]', "the reply is not a JSON object"],
  ["{}", 'the reply has no "status"'],
  ['{"retval":1}', 'the reply has no "status"'],
  ['{"Status":"success","retval":1}', 'the reply has no "status"'],
  ['{"status":"success"}', 'the reply has no "retval"'],
  ['{"__proto__":{"status":"success","retval":1}}', 'the reply has no "status"'],
])("%s is an invalid response", (text, message) => {
  const words = message instanceof RegExp ? expect.stringMatching(message) : message;
  expect(read(text)).toEqual(failure("InvalidResponse", words));
});

test.each([
  ['{"status":"failure","reason":"no such user"}', "RemoteError", "no such user"],
  ['{"status":"failure","reason":{"code":7}}', "RemoteError", '{"code":7}'],
  ['{"status":"failure","reason":""}', "RemoteError", ""],
  ['{"status":"failure"}', "RemoteError", "the endpoint gave no reason"],
  ['{"status":"failure","reason":null}', "RemoteError", "the endpoint gave no reason"],
  ['{"status":"failure","retval":1,"reason":"x"}', "RemoteError", "x"],
  ['{"status":"SUCCESS","retval":1}', "UnknownStatus", "unknown status: SUCCESS"],
  ['{"status":"ok"}', "UnknownStatus", "unknown status: ok"],
  ['{"status":""}', "UnknownStatus", "unknown status: "],
  ['{"status":200}', "UnknownStatus", "unknown status: 200"],
  ['{"status":null}', "UnknownStatus", "unknown status: null"],
  ['{"status":["success"],"retval":1}', "UnknownStatus", 'unknown status: ["success"]'],
])("%s is %s", (text, type, message) => {
  expect(read(text)).toEqual(failure(type, message));
});

test("what is no UTF-8 is not guessed at", () => {
  const latin1 = Buffer.from('{"status":"success","retval":"ü"}', "latin1");
  expect(readReply(latin1)).toEqual(failure("InvalidResponse", "the reply is not valid UTF-8"));
});

test("numbers keep their digits", () => {
  const reply = read('{"status":"success","retval":[12345678901234567890,1.5,1e400]}');
  expect(JSON.stringify(reply)).toBe(
    '{"kind":"success","retval":[12345678901234567890,1.5,1e400]}',
  );
});

test("nesting beyond 100 levels is refused, however deep and with whatever numbers", () => {
  const nested = (levels: number, inner: string) =>
    read(`{"status":"success","retval":${"[".repeat(levels)}${inner}${"]".repeat(levels)}}`);
  expect(nested(99, "12345678901234567890")).toMatchObject({ kind: "success" });
  for (const levels of [100, 5_000, 120_000]) {
    for (const inner of ["", "12345678901234567890"]) {
      const message = "the reply is nested deeper than 100 levels";
      expect(nested(levels, inner)).toEqual(failure("InvalidResponse", message));
    }
  }
});

test("a reason is cut, it may be as long as the reply", () => {
  const { error } = read(`{"status":"failure","reason":"${"x".repeat(100_000)}"}`) as {
    error: { message: string };
  };
  expect(error.message).toHaveLength(2_001);
});

test("whatever bytes come, there is an answer, and it can be written as JSON", () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .record({ status: fc.constantFrom("success", "failure", "x"), retval: fc.jsonValue() })
      .map((reply) => Buffer.from(JSON.stringify(reply))),
  );
  fc.assert(
    fc.property(bytes, (body) => {
      const reply = readReply(body);
      expect(["success", "failure"]).toContain(reply.kind);
      expect(() => JSON.stringify(reply)).not.toThrow();
    }),
  );
});

test("the retval that was sent is the one that is read", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (retval) => {
      const reply = read(JSON.stringify({ status: "success", retval }));
      expect(JSON.stringify(reply)).toBe(JSON.stringify({ kind: "success", retval }));
    }),
  );
});
