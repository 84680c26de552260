import { type Html, html, prose } from "./html.ts";
import { fieldList, fieldRow, type ShownSchema, schemaView } from "./schema-view.ts";

/** An operation as it stands in the document; only what is shown is named. */
export interface ShownOperation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: ShownSchema }[];
  requestBody?: { content: Record<string, { schema?: ShownSchema; example?: unknown }> };
  responses?: Record<
    string,
    { description?: string; content?: Record<string, { schema?: ShownSchema }> }
  >;
  security?: unknown[];
}

export interface OperationView {
  path: string;
  method: string;
  tag: string;
  operation: ShownOperation;
}

/** One operation, folded up: what it takes, how to call it, what it answers. */
export function operationView(view: OperationView, origin: string, isGuarded: boolean): Html {
  const { path, method, operation } = view;
  const { operationId = "", summary = "", description = "" } = operation;
  return html`<article><details><summary><span class="method">${method}</span> <code class="path">${path}</code> <span class="what">${summary}</span></summary>
<div class="more" id="${operationId}">${prose(description)}${parametersView(operation)}${bodyView(operation)}
<h3>Example</h3><pre><code>${curl(view, origin, isGuarded)}</code></pre>
${answersView(operation)}</div></details></article>
`;
}

function parametersView({ parameters = [] }: ShownOperation): Html | null {
  if (parameters.length === 0) return null;
  const rows = parameters.map(({ name, in: place, required = false, schema = {} }) =>
    fieldRow(`${name} (${place})`, schema, required),
  );
  return html`<h3>Parameters</h3>${fieldList(rows)}`;
}

function bodyView({ requestBody }: ShownOperation): Html | null {
  if (requestBody === undefined) return null;
  const types = Object.keys(requestBody.content);
  const [media] = Object.values(requestBody.content);
  return html`<h3>Body</h3><p class="kind">${types.join(" or ")}</p>${schemaView(media?.schema ?? {})}`;
}

function answersView({ responses = {} }: ShownOperation): Html[] {
  return Object.entries(responses).map(([status, { description = "", content = {} }]) => {
    const [[type, media] = ["", {}]] = Object.entries(content);
    const isShown = Number(status) < 400 && type !== "";
    return html`<h3>${status}${isShown ? html` <span class="kind">${type}</span>` : null}</h3>${prose(description)}${isShown ? schemaView(media.schema ?? {}) : null}`;
  });
}

/** A call that works as it stands, apart from names that only the reader knows. */
function curl(
  { path, method, operation }: OperationView,
  origin: string,
  isGuarded: boolean,
): string {
  const { requestBody, security = [] } = operation;
  const [[type = "", media = undefined] = []] = Object.entries(requestBody?.content ?? {});
  const lines = [
    `curl${method === "GET" ? "" : ` -X ${method}`} '${origin}${path}'`,
    ...(isGuarded && security.length > 0 ? ['-H "Authorization: Bearer $ADMIN_TOKEN"'] : []),
    ...(media?.example === undefined
      ? []
      : [`-H 'content-type: ${type}'`, `-d '${quoted(media.example)}'`]),
  ];
  return lines.join(" \\\n  ");
}

/** As it stands between single quotes of a shell. */
function quoted(example: unknown): string {
  const text = typeof example === "string" ? example : JSON.stringify(example);
  return text.replaceAll("'", "'\\''");
}
