import type { OpenApiDocument } from "./build-document.ts";
import { DOCS_STYLES } from "./docs-styles.ts";
import { Html, html, prose } from "./html.ts";
import { type OperationView, operationView, type ShownOperation } from "./operation-view.ts";
import { type ShownSchema, schemaView } from "./schema-view.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/**
 * The reference as one page of HTML without scripts.
 *
 * @param origin where the reader has it from: the examples call it
 * @param isGuarded whether the examples need the admin token
 */
export function docsPage(document: OpenApiDocument, origin: string, isGuarded: boolean): string {
  const operations = operationsOf(document);
  const { title, description = "", version } = document.info;
  const sections = (document.tags ?? []).map(({ name, description: text = "" }) => {
    const own = operations.filter(({ tag }) => tag === name);
    return html`<section><h2 id="${anchor(name)}">${name}</h2>${prose(text)}${own.map((operation) => operationView(operation, origin, isGuarded))}</section>`;
  });
  const shapes = Object.entries(document.components?.schemas ?? {});
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}: reference</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${new Html(DOCS_STYLES)}</style></head>
<body><div class="page">
<header><h1>${title}</h1>${prose(description)}<p>Version ${version} · <a href="/openapi.json">OpenAPI 3.1 document</a> · <a href="/">Back to the page</a></p></header>
<nav aria-label="Contents">${contents(document, operations)}</nav>
<main>${sections}<section><h2 id="shapes">Shapes</h2>${shapes.map(([name, schema]) => shapeView(name, schema as ShownSchema))}</section></main>
</div></body></html>
`;
  return page.text;
}

function operationsOf(document: OpenApiDocument): OperationView[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      if (item[method] === undefined) return [];
      const operation = item[method] as ShownOperation;
      const tag = operation.tags?.[0] ?? "";
      return [{ path, method: method.toUpperCase(), tag, operation }];
    }),
  );
}

function contents({ tags }: OpenApiDocument, operations: readonly OperationView[]): Html[] {
  return (tags ?? []).map(
    ({ name }) =>
      html`<strong><a href="#${anchor(name)}">${name}</a></strong><ul>${operations
        .filter(({ tag }) => tag === name)
        .map(
          ({ operation }) =>
            html`<li><a href="#${operation.operationId ?? ""}">${operation.summary ?? ""}</a></li>`,
        )}</ul>`,
  );
}

function shapeView(name: string, schema: ShownSchema): Html {
  return html`<article><details><summary><code>${name}</code></summary><div class="more" id="schema-${name}">${prose(schema.description ?? "")}${schemaView(schema)}</div></details></article>`;
}

function anchor(name: string): string {
  return name.toLowerCase().replace(/[^a-z]+/g, "-");
}
