/**
 * As much of a Standard Schema (https://standardschema.dev, version 1) as is used: zod, valibot,
 * arktype and others make such schemas.
 */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The names on the way to what an issue is about, from the outside. */
export function pathOf({ path = [] }: SchemaIssue): PropertyKey[] {
  return path.map((part) => (typeof part === "object" ? part.key : part));
}

export function isSchema(value: unknown): value is StandardSchema {
  // Some are functions.
  const isHolder = (typeof value === "object" || typeof value === "function") && value !== null;
  const standard: unknown = isHolder && "~standard" in value ? value["~standard"] : null;
  return (
    typeof standard === "object" &&
    standard !== null &&
    "validate" in standard &&
    typeof standard.validate === "function"
  );
}
