import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Access } from "../access/access.ts";
import { refuseOtherMethods } from "../other-methods.ts";
import { buildDocument, type DocumentOptions, type OpenApiDocument } from "./build-document.ts";
import type { CollectedRoute } from "./collect-routes.ts";
import { docsPage } from "./docs-page.ts";
import { DOCS_STYLES } from "./docs-styles.ts";
import type { RouteDocs } from "./route-docs.ts";

const TAG = "Operations";

const documentDocs: RouteDocs = {
  id: "getDocument",
  tag: TAG,
  summary: "This reference as an OpenAPI 3.1 document",
  answers: {
    200: { description: "The document.", schema: z.looseObject({ openapi: z.string() }) },
  },
};

const pageDocs: RouteDocs = {
  id: "getReference",
  tag: TAG,
  summary: "This reference as a page",
  answers: { 200: { description: "The page.", schema: z.string(), mediaType: "text/html" } },
};

const styleHash = createHash("sha256").update(DOCS_STYLES).digest("base64");
/** The page has no scripts, and loads nothing. */
const POLICY = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export interface DocsOptions extends DocumentOptions {
  routes: readonly CollectedRoute[];
  access: Access;
  /** Whether there is a page for people as well. */
  page: boolean;
}

/** `/openapi.json` and, where there is an API to read about, `/docs`: of all routes, when first asked. */
export function addDocs(app: FastifyInstance, options: DocsOptions): void {
  const { routes, access, page } = options;
  let built: OpenApiDocument | null = null;
  const document = () => {
    built ??= buildDocument(routes, options);
    return built;
  };

  app.get("/openapi.json", { config: { docs: documentDocs } }, () => document());
  refuseOtherMethods(app, "/openapi.json", ["GET"]);
  if (!page) return;

  for (const url of ["/docs", "/docs/"]) {
    const docs = url === "/docs" ? pageDocs : "alias";
    app.get(url, { config: { docs } }, ({ raw }, reply) => {
      const { host, scheme } = access.reachedAs(raw);
      const origin = `${scheme ?? "http"}://${host?.withPort ?? "localhost"}`;
      reply.header("content-security-policy", POLICY).type("text/html; charset=utf-8");
      return docsPage(document(), origin, access.isGuarded);
    });
    refuseOtherMethods(app, url, ["GET"]);
  }
}
