import { expect, test } from "vitest";
import { headerProblems } from "./header-problems.ts";

test("what others use is fine", () => {
  const headers = {
    "X-Api-Key": "k-123",
    authorization: "Bearer a.b-c_d~e+/=",
    "content-type": "application/cloudevents+json; charset=utf-8",
    "x-empty": "",
    "x-tab": "a\tb  c",
    "User-Agent": "mine/1.0 (+https://a.example)",
  };
  const cookies = { session: "abc=def", "a.b": '"quoted, with space"', none: "" };
  expect(headerProblems({ headers, cookies, auth: ["ü ser", "p:ä:ß"] })).toEqual([]);
  expect(headerProblems({})).toEqual([]);
});

test.each([
  ...["host", "Content-Length", "TRANSFER-ENCODING", "connection", "keep-alive", "te", "trailer"],
  ...[
    "upgrade",
    "expect",
    "content-encoding",
    "proxy-authorization",
    "proxy-connection",
    "accept-encoding",
  ],
  ...["webhook-id", "Webhook-Signature", "webhook-timestamp"],
])("%s is ours", (name) => {
  expect(headerProblems({ headers: { [name]: "x" } })).toEqual([
    { path: `headers.${name}`, message: "is set by Taskpulse itself" },
  ]);
});

test.each([
  ...["a\r\nhost: b", "a\nb", "a\rb", "a\0b", "\x7f", "ü", "€", "a\u2028b", " a", "a ", "\ta"],
])("%j is no value for a header or a cookie", (value) => {
  const problems = headerProblems({ headers: { "x-a": value }, cookies: { c: value } });
  expect(problems.map(({ path }) => path)).toEqual(["headers.x-a", "cookies.c"]);
});

test("a header named __proto__ is none", () => {
  const headers = JSON.parse('{"__proto__":"p","constructor":"c"}');
  expect(headerProblems({ headers })).toMatchObject([{ path: "headers.__proto__" }]);
});

test.each([["", "a b", "a:b", "a\r\nb", "ü", "a\0", "(a)", "a,b"]].flat())(
  "%j is no name of a header or a cookie",
  (name) => {
    expect(headerProblems({ headers: { [name]: "x" } })).toHaveLength(1);
    expect(headerProblems({ cookies: { [name]: "x" } })).toHaveLength(1);
  },
);

test("each contradiction is told", () => {
  expect(headerProblems({ headers: { "X-A": "1", "x-a": "2" } })).toMatchObject([
    { path: "headers.x-a", message: expect.stringContaining("twice") },
  ]);
  expect(headerProblems({ headers: { Cookie: "a=b" }, cookies: { c: "d" } })).toMatchObject([
    { path: "cookies", message: expect.stringContaining("beside a header") },
  ]);
  expect(headerProblems({ cookies: { c: "d; e=f" } })).toMatchObject([{ path: "cookies.c" }]);
  expect(headerProblems({ auth: ["a:b", "c\nd"] })).toMatchObject([
    { path: "auth.1" },
    { path: "auth.0", message: "must not hold a colon" },
  ]);
});

test("there are bounds of number and size", () => {
  const many = (n: number) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`h${i}`, "x"]));
  expect(headerProblems({ headers: many(50) })).toEqual([]);
  expect(headerProblems({ headers: many(51) })).toMatchObject([{ path: "headers" }]);
  expect(headerProblems({ headers: many(30), cookies: many(21) })).toMatchObject([
    { path: "headers" },
  ]);
  expect(headerProblems({ headers: { a: "x".repeat(5_999) } })).toEqual([]);
  expect(headerProblems({ headers: { a: "x".repeat(6_000) } })).toHaveLength(1);
  expect(headerProblems({ auth: ["x", "x".repeat(6_000)] })).toHaveLength(1);
});
