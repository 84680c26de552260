import { expect, test } from "vitest";
import { z } from "zod";
import { buildDocument } from "./build-document.ts";
import type { CollectedRoute } from "./collect-routes.ts";
import { docsPage } from "./docs-page.ts";
import type { RouteDocs } from "./route-docs.ts";

const OPTIONS = { title: "An <API>", description: "- one\n- `two`", tags: { Things: "" } };
const docs: RouteDocs = {
  id: "changeThing",
  tag: "Things",
  summary: "Change a thing",
  query: z.object({ limit: z.string().optional().describe('<img src="x">') }),
  body: {
    schema: z.object({ size: z.int().min(1).max(3), deep: z.object({ er: z.string() }) }),
    example: { size: 1, deep: { er: "it's" } },
  },
  answers: { 200: { description: "Changed.", schema: z.object({ at: z.iso.datetime() }) } },
  errors: ["not_found", "store_unavailable"],
};
const route = (more: Partial<CollectedRoute> = {}): CollectedRoute => ({
  ...{ method: "PATCH", url: "/things/:id", access: undefined, docs },
  ...more,
});

test("an operation has what its route says, and what follows from how it is guarded", () => {
  const document = buildDocument([route()], OPTIONS);
  const operation = document.paths?.["/things/{id}"]?.patch;
  expect(operation).toMatchObject({
    operationId: "changeThing",
    parameters: [
      { in: "path", name: "id", required: true },
      { in: "query", name: "limit" },
    ],
    requestBody: { required: true },
    security: [{ adminToken: [] }, { session: [] }],
  });
  expect(Object.keys(operation?.responses ?? {})).toEqual([
    ...["200", "400", "401", "403", "404", "413", "415", "429", "500", "503"],
  ]);
  const open = buildDocument([route({ access: "open", docs: { ...docs, id: "open" } })], OPTIONS);
  expect(open.paths?.["/things/{id}"]?.patch).toMatchObject({ security: [] });
  expect(open.paths?.["/things/{id}"]?.patch?.responses).not.toHaveProperty("401");
});

test.each<[string, CollectedRoute[]]>([
  ["two routes are called changeThing", [route(), route({ url: "/other" })]],
  [
    "changeThing stands under Others, which is no heading",
    [route({ docs: { ...docs, tag: "Others" } })],
  ],
])("%s: there is no document then", (message, routes) => {
  expect(() => buildDocument(routes, OPTIONS)).toThrow(message);
});

test("a route that is another's alias, or says nothing of itself, is left out", () => {
  const left = [route({ url: "/things/:id/", docs: "alias" }), route({ url: "/x", docs: null })];
  const document = buildDocument([route(), ...left], OPTIONS);
  expect(Object.keys(document.paths ?? {})).toEqual(["/things/{id}"]);
});

test("nothing that is said becomes HTML on the page, nor where it is read", () => {
  const page = docsPage(buildDocument([route()], OPTIONS), 'http://"><script>', true);
  expect(page).not.toMatch(/<script|<img|<API>/);
  expect(page).toContain("<h1>An &lt;API&gt;</h1><ul><li>one</li><li><code>two</code></li></ul>");
  expect(page).toContain("<code>limit (query)</code>");
  expect(page).toContain("whole number, 1 to 3");
  expect(page).toContain("<code>deep.er</code>");
  expect(page).toContain("it&#39;\\&#39;&#39;s");
});
