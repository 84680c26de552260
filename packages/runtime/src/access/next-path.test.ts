import fc from "fast-check";
import { expect, test } from "vitest";
import { loginAddress, nextPath } from "./next-path.ts";

test.each([
  ["/", "/"],
  ["/?batchid=a%20b&q=1", "/?batchid=a%20b&q=1"],
  ["/some/where", "/some/where"],
  ["/login?next=/login", "/"],
  ["/logout", "/"],
  ["", "/"],
  [null, "/"],
  ["here", "/"],
  ["https://evil.example/", "/"],
  ["//evil.example/", "/"],
  ["/\\evil.example", "/"],
  ["/\t/evil.example", "/"],
  ["/.//evil.example", "/"],
  ["/a/..//evil.example", "/"],
  [`/${"a".repeat(3_000)}`, "/"],
])("%j leads to %j", (wanted, path) => {
  expect(nextPath(wanted)).toBe(path);
});

test("nothing leads away from this origin, whatever it begins with", () => {
  const parts = fc.constantFrom(
    "/",
    "\\",
    ".",
    "..",
    "@",
    ":",
    "?",
    "#",
    "%2f",
    "\t",
    "\n",
    "evil.example",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(parts, fc.string())), (pieces) => {
      const path = nextPath(pieces.join(""));
      expect(new URL(path, "http://ours.example:81").host).toBe("ours.example:81");
      expect(path).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
    }),
    { numRuns: 2_000 },
  );
});

test("the way to the login page keeps the way back", () => {
  const address = new URL(loginAddress("/?q=a&b=c d"), "http://ours.example");
  expect(address.pathname).toBe("/login");
  expect(address.searchParams.get("next")).toBe("/?q=a&b=c%20d");
});
