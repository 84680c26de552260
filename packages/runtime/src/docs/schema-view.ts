import { type Html, html, inline } from "./html.ts";

/** A JSON Schema as it stands in the document; only what is shown is named. */
export interface ShownSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, ShownSchema>;
  required?: string[];
  items?: ShownSchema;
  anyOf?: ShownSchema[];
  oneOf?: ShownSchema[];
  allOf?: ShownSchema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

const REF = "#/components/schemas/";

/** The fields of an object as rows, those of objects in it below it; what else it is, in a line. */
export function schemaView(schema: ShownSchema): Html {
  const rows = rowsOf(schema, "");
  if (rows.length === 0) return html`<p class="kind">${kindOf(schema)}</p>`;
  return fieldList(rows);
}

export function fieldList(rows: readonly Html[]): Html {
  return html`<dl>${rows}</dl>`;
}

/** One row: a name, whether it must be there, and what it is. */
export function fieldRow(name: string, schema: ShownSchema, isRequired: boolean): Html {
  const { description } = schema;
  const preset =
    schema.default === undefined
      ? null
      : html` Default: <code>${JSON.stringify(schema.default)}</code>.`;
  const must = isRequired ? html` <span class="must">required</span>` : null;
  const text =
    description === undefined ? null : html`<span class="text">${inline(description)}</span>`;
  return html`<div><dt><code>${name}</code>${must}</dt><dd>${kindOf(schema)}.${preset} ${text}</dd></div>`;
}

function rowsOf(schema: ShownSchema, prefix: string): Html[] {
  const object = objectIn(schema);
  return Object.entries(object?.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const isRequired = object?.required?.includes(name) === true;
    const inner = field.$ref === undefined ? objectIn(field) : null;
    const suffix = inner !== null && inner !== field ? "[]." : ".";
    return [
      fieldRow(path, field, isRequired),
      ...(inner === null || prefix.length > 60 ? [] : rowsOf(inner, path + suffix)),
    ];
  });
}

/** The schema itself where it has fields, or the one of its items. */
function objectIn(schema: ShownSchema): ShownSchema | null {
  if (schema.properties !== undefined) return schema;
  if (schema.items?.properties !== undefined) return schema.items;
  const either = (schema.anyOf ?? schema.oneOf ?? []).filter(({ type }) => type !== "null");
  return either.length === 1 && either[0] !== undefined ? objectIn(either[0]) : null;
}

/** What a value is, in a few words. */
function kindOf(schema: ShownSchema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace(REF, "");
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return either(schema.enum.map((value) => html`<code>${String(value)}</code>`));
  const several = schema.anyOf ?? schema.oneOf;
  if (several !== undefined) return either(several.map(kindOf));
  const [only] = schema.allOf ?? [];
  if (only !== undefined) return kindOf(only);
  switch (schema.type) {
    case "array":
      return html`array of ${schema.items === undefined ? "anything" : kindOf(schema.items)}${bounds(schema.minItems, schema.maxItems, " items")}`;
    case "string":
      return schema.format === undefined
        ? html`text${bounds(schema.minLength, schema.maxLength, " characters")}`
        : html`text (${schema.format})`;
    case "integer":
      return html`whole number${bounds(schema.minimum, schema.maximum, "")}`;
    case "number":
      return html`number${bounds(schema.minimum, schema.maximum, "")}`;
    case "boolean":
      return html`true or false`;
    case undefined:
      return html`anything`;
    default:
      return html`${String(schema.type)}`;
  }
}

function either(kinds: readonly Html[]): Html {
  return html`${kinds.map((kind, i) => (i === 0 ? kind : html` or ${kind}`))}`;
}

/** Bounds that no double passes say nothing. */
function bounds(least: number | undefined, most: number | undefined, unit: string): string {
  const highest = most === undefined || most >= Number.MAX_SAFE_INTEGER ? null : most;
  if (highest !== null) return `, ${least ?? 0} to ${highest.toLocaleString("en")}${unit}`;
  return least === undefined || least <= Number.MIN_SAFE_INTEGER ? "" : `, ${least} or more${unit}`;
}
