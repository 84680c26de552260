import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublicAsset } from "./public-asset.ts";

test.each([
  "/_next/static/chunks/1gq-k3ezmlzfn.css",
  "/_next/static/chunks/turbopack-2u1d16houkiyo.js?v=1",
  "/_next/static/media/Geist_Variable-s.p.43azbxi7zpibd.woff2",
  "/_next/static/chunks/%5Broot-of-the-server%5D__0a~b._.js",
  "/_next/static/chunks/0zix_%40swc_helpers_cjs_0hi-e474n4mns._.js",
  "/icon.svg?icon.1ddjqo7dkb8kx.svg",
  "/favicon.ico",
])("%s is needed before one is known", (url) => {
  expect(isPublicAsset(url)).toBe(true);
});

test.each([
  "/",
  "/_next/static/",
  "/_next/static",
  "/_next/image?url=/x",
  "/_next/data/x.json",
  "/_next/static/../../",
  "/_next/static/..",
  "/_next/static/%2e%2e/%2e%2e/",
  "/_next/static/..%2f..%2f",
  "/_next/static/a/..%5c..",
  "/_next/static//x",
  "/_next/static/a;/b",
  "//_next/static/x",
  "http://ours/_next/static/x",
  "/icon.svg/../",
  "/icon.svg%00",
])("%s is not", (url) => {
  expect(isPublicAsset(url)).toBe(false);
});

test("what is let through stays where the assets are, however it is read", () => {
  const piece = fc.constantFrom(
    "a",
    ".",
    "..",
    "/",
    "%2e",
    "%2f",
    "%5c",
    "\\",
    "%5B",
    "%",
    "%25",
    "b.js",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const url = `/_next/static/${pieces.join("")}`;
      if (!isPublicAsset(url)) return;
      const once = new URL(url, "http://ours.example").pathname;
      const twice = new URL(decodeURIComponent(once), "http://ours.example").pathname;
      for (const path of [once, twice]) expect(path.startsWith("/_next/static/")).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});
