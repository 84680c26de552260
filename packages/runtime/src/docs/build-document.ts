import { ERROR_CODES, type ErrorCode } from "@taskpulse/contract";
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import manifest from "../../package.json" with { type: "json" };
import type { CollectedRoute } from "./collect-routes.ts";
import type { AnswerDocs, BodyDocs, RouteDocs } from "./route-docs.ts";

export type OpenApiDocument = ReturnType<typeof createDocument>;

export interface DocumentOptions {
  title: string;
  /** Markdown. */
  description: string;
  /** The headings, in order, each with what is said of it. */
  tags: Readonly<Record<string, string>>;
}

/** Whatever is asked: something broke, or the request can't be read. */
const ALWAYS: readonly ErrorCode[] = ["internal_error"];
const GUARDED: readonly ErrorCode[] = ["login_required", "too_many_attempts", "host_not_allowed"];
const WITH_BODY: readonly ErrorCode[] = [
  "invalid_json",
  "body_too_large",
  "unsupported_media_type",
];

const codeSchema = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]).meta({
  id: "ErrorCode",
  description: `What a program can rely on:\n\n${meanings(Object.keys(ERROR_CODES) as ErrorCode[])}`,
});

const errorSchema = z
  .object({
    status: z.literal("failure"),
    reason: z.string().describe("One clear sentence, for people."),
    code: codeSchema,
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe("Every bad field or parameter, with what it takes."),
  })
  .meta({ id: "Error", description: "The body of every error answer." });

/**
 * The OpenAPI 3.1 document of these routes. Fields that an answer may have beyond those named are not
 * ruled out: some may come.
 *
 * @throws Error when two routes have one id, or one stands under no heading
 */
export function buildDocument(
  routes: readonly CollectedRoute[],
  { title, description, tags }: DocumentOptions,
): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  const ids = new Set<string>();
  for (const route of routes) {
    const { docs, method, url } = route;
    // A test finds what says nothing of itself; for that, nobody goes without the rest.
    if (docs === "alias" || docs === null) continue;
    if (ids.has(docs.id)) throw new Error(`two routes are called ${docs.id}`);
    if (!(docs.tag in tags))
      throw new Error(`${docs.id} stands under ${docs.tag}, which is no heading`);
    ids.add(docs.id);
    const path = documentedPath(url);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, docs) };
  }
  return createDocument(
    {
      openapi: "3.1.1",
      info: {
        ...{ title, description, version: manifest.version },
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
      paths,
      components: {
        securitySchemes: {
          adminToken: {
            ...{ type: "http", scheme: "bearer" },
            description: "ADMIN_TOKEN. Where it is not set, nothing is asked for.",
          },
          session: {
            ...{ type: "apiKey", in: "cookie", name: "taskpulse_session" },
            description: "What a browser gets at /login.",
          },
        },
      },
    },
    { override: asItIsRead },
  );
}

/** `/api/tasks/:taskid` is `/api/tasks/{taskid}` in OpenAPI. */
function documentedPath(url: string): string {
  return url.replace(/:(\w+)/g, "{$1}");
}

function operationOf(route: CollectedRoute, docs: RouteDocs): ZodOpenApiOperationObject {
  const names = [...route.url.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const path = z.object(
    Object.fromEntries(
      names.map((name) => [name, z.string().describe(docs.path?.[name] ?? `The ${name}.`)]),
    ),
  );
  const isOpen = route.access === "open" || route.access === "status" || route.access === "login";
  return {
    operationId: docs.id,
    tags: [docs.tag],
    summary: docs.summary,
    ...(docs.description === undefined ? {} : { description: docs.description }),
    requestParams: {
      ...(names.length === 0 ? {} : { path }),
      ...(docs.query === undefined ? {} : { query: docs.query }),
      ...(docs.headers === undefined ? {} : { header: docs.headers }),
    },
    ...(docs.body === undefined ? {} : { requestBody: bodyOf(docs.body) }),
    responses: { ...answersOf(docs), ...errorsOf(route, docs) },
    security: isOpen ? [] : [{ adminToken: [] }, { session: [] }],
  };
}

function bodyOf({ schema, mediaTypes = ["application/json"], required = true, example }: BodyDocs) {
  const media = { schema, ...(example === undefined ? {} : { example }) };
  return { required, content: Object.fromEntries(mediaTypes.map((type) => [type, media])) };
}

function answersOf({ answers }: RouteDocs): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]),
  );
}

function answerOf({ description, schema, mediaType = "application/json", headers }: AnswerDocs) {
  return {
    description,
    ...(schema === undefined ? {} : { content: { [mediaType]: { schema } } }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, text]) => [
              name,
              { description: text, schema: { type: "string" as const } },
            ]),
          ),
        }),
  };
}

/** Errors of one status share an answer, as OpenAPI has it. */
function errorsOf(route: CollectedRoute, docs: RouteDocs): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(errorCodesOf(route, docs), (code) => ERROR_CODES[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: meanings(codes),
        content: { "application/json": { schema: errorSchema } },
        ...(status === 429 || status === 503
          ? {
              headers: {
                "retry-after": { description: "In seconds.", schema: { type: "integer" as const } },
              },
            }
          : {}),
      },
    ]),
  );
}

/** What the route says, and what follows from how it is guarded and what it takes. */
function errorCodesOf({ access, method }: CollectedRoute, docs: RouteDocs): ErrorCode[] {
  const isGuarded = access === undefined || access === "works";
  const changes = access === "works" || method !== "GET";
  const hasFields = docs.query !== undefined;
  return [
    ...new Set<ErrorCode>([
      ...(docs.errors ?? []),
      ...(hasFields ? (["invalid_request"] as const) : []),
      ...(docs.body === undefined ? [] : WITH_BODY),
      ...(isGuarded ? GUARDED : []),
      ...(isGuarded && changes ? (["cross_site"] as const) : []),
      ...ALWAYS,
    ]),
  ];
}

function meanings(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `- \`${code}\`: ${ERROR_CODES[code].meaning}`).join("\n");
}

/** What schemas say only in code. */
const asItIsRead: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  const { def } = zodSchema._zod;
  if (io === "output" && jsonSchema.additionalProperties === false) {
    delete jsonSchema.additionalProperties;
  }
  if (def.type === "default" && "defaultValue" in def) jsonSchema.default = def.defaultValue;
  // A query has texts, but what is meant is a number.
  if (jsonSchema.type === "integer") delete jsonSchema.pattern;
  if (def.type === "string" && "format" in def && def.format === "datetime") {
    delete jsonSchema.pattern;
    jsonSchema.format = "date-time";
  }
};
