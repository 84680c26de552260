import fc from "fast-check";
import { expect, test } from "vitest";
import { rawServer } from "../fixtures/raw-server.ts";
import { headerProblems } from "./header-problems.ts";
import { createOutgoing } from "./outgoing.ts";
import { sendRequest } from "./send-request.ts";

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
  ...["upgrade", "expect", "proxy-authorization", "proxy-connection", "accept-encoding"],
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

test("what has no problem arrives as it is, and brings nothing else with it", async () => {
  let head = "";
  await using server = await rawServer((socket, received) => {
    head = received;
    socket.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  await using outgoing = createOutgoing({ allow: ["127.0.0.1"] });
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 5 }));
  const token = fc.stringMatching(/^[a-z-]{1,10}$/);
  const name = fc.oneof({ weight: 9, arbitrary: token }, text);
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, text),
      fc.dictionary(name, text),
      async (headers, cookies) => {
        const asked = { headers, cookies };
        const result = await sendRequest(outgoing, {
          ...{ url: server.url, method: "POST", timeoutMs: 5_000 },
          ...asked,
        });
        if (headerProblems(asked).length > 0) {
          expect(result).toMatchObject({ kind: "failed", retryable: false });
          return;
        }
        expect(result).toMatchObject({ kind: "replied", status: 204 });
        const lines = head.split("\r\n\r\n")[0]?.split("\r\n").slice(1) ?? [];
        const own = [
          "host",
          "connection",
          "accept",
          "accept-encoding",
          "user-agent",
          "content-length",
        ];
        const wanted = new Set([...own, ...Object.keys(headers).map((key) => key.toLowerCase())]);
        if (Object.keys(cookies).length > 0) wanted.add("cookie");
        expect(new Set(lines.map((line) => line.slice(0, line.indexOf(":"))))).toEqual(wanted);
        for (const [key, value] of Object.entries(headers)) {
          expect(lines).toContain(`${key.toLowerCase()}: ${value}`);
        }
      },
    ),
  );
});
