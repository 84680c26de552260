import type { ErrorCode } from "@taskpulse/contract";
import type { HTTPMethods } from "fastify";
import type { z } from "zod";

/** One good answer of a route. */
export interface AnswerDocs {
  description: string;
  /** Left out: the answer has no body. */
  schema?: z.ZodType;
  /** Default: `application/json`. */
  mediaType?: string;
  /** By name, in lower case: what each says. */
  headers?: Readonly<Record<string, string>>;
}

export interface BodyDocs {
  schema: z.ZodType;
  /** Default: only `application/json`. */
  mediaTypes?: readonly string[];
  /** Default: true. */
  required?: boolean;
  /** Something that can be sent as it stands. */
  example?: unknown;
}

/**
 * What a route says of itself, as `config.docs`, next to its code: the OpenAPI document and the
 * reference page are made of it. What follows from the route's other settings is not repeated: that
 * it needs the admin token, which errors that brings, which its body brings.
 */
export interface RouteDocs {
  /** Names the operation in generated clients: `createTask`. */
  id: string;
  /** The heading it stands under. */
  tag: string;
  /** A few words, as one says what one does: `Retry one task`. */
  summary: string;
  description?: string;
  /** By name: what each parameter of the path is. */
  path?: Readonly<Record<string, string>>;
  /** Checks the query. */
  query?: z.ZodObject;
  /** Names in lower case; those that every HTTP request may have need not be named. */
  headers?: z.ZodObject;
  body?: BodyDocs;
  /** By status. */
  answers: Readonly<Record<number, AnswerDocs>>;
  /** Of its own; see above. */
  errors?: readonly ErrorCode[];
}

/**
 * - `refusal`: answers methods that are not possible
 * - `alias`: the same as another path, for those who write it otherwise
 */
export type RouteDocsConfig =
  | RouteDocs
  | Partial<Record<HTTPMethods, RouteDocs>>
  | "refusal"
  | "alias";

declare module "fastify" {
  interface FastifyContextConfig {
    docs?: RouteDocsConfig;
  }
}

/** Errors of what reads the store, and of what writes to it. */
export const READ_ERRORS = ["store_unavailable"] as const satisfies readonly ErrorCode[];
export const WRITE_ERRORS = [
  "store_unavailable",
  "store_full",
] as const satisfies readonly ErrorCode[];
