import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** What of an OpenAPI document is looked at here. */
interface Media {
  schema?: JsonSchema;
  example?: unknown;
}
interface Operation {
  operationId: string;
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}
interface JsonSchema {
  [key: string]: unknown;
}

export interface DocumentedOperation {
  id: string;
  method: string;
  path: string;
  operation: Operation;
}

export interface CallOptions {
  /** Of the path. */
  path?: Readonly<Record<string, string>>;
  /** With its question mark. */
  query?: string;
  /** Sent as JSON; default: the documented example, none with null. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface DocumentedAnswer {
  status: number;
  // The caller knows what it asked for, and that it fits the document.
  // biome-ignore lint/suspicious/noExplicitAny: test code reads many shapes
  body: any;
}

/** An API as its OpenAPI document says it is: calls that fail when it is otherwise. */
export class DocumentedApi {
  readonly origin: string;
  readonly document: Document;
  readonly operations: readonly DocumentedOperation[];
  /** Ids of operations that have been answered below 400. */
  readonly seenGood = new Set<string>();
  readonly #ajv: Ajv2020;

  private constructor(origin: string, document: Document) {
    this.origin = origin;
    this.document = document;
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...{ id: operation.operationId, method: method.toUpperCase(), path, operation },
      })),
    );
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(this.#ajv);
  }

  /** @throws Error when it is no valid OpenAPI 3.1 */
  static async read(
    origin: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<DocumentedApi> {
    const response = await fetch(`${origin}/openapi.json`, { headers });
    const document = (await response.json()) as Document;
    if (response.status !== 200) throw new Error(JSON.stringify(document));
    const { valid, errors } = await new Validator().validate({ ...document });
    if (!valid) throw new Error(`not valid: ${JSON.stringify(errors)}`);
    if (!document.openapi.startsWith("3.1.")) throw new Error(`it is ${document.openapi}`);
    return new DocumentedApi(origin, document);
  }

  /** @throws Error when the answer is none that is documented */
  async call(id: string, options: CallOptions = {}): Promise<DocumentedAnswer> {
    const found = this.operations.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no operation ${id}`);
    const { method, path, operation } = found;
    const media = operation.requestBody?.content["application/json"];
    const body = "body" in options ? options.body : (media?.example ?? null);
    const address = path.replace(/\{(\w+)\}/g, (_all, name: string) => options.path?.[name] ?? "x");
    const response = await fetch(this.origin + address + (options.query ?? ""), {
      method,
      redirect: "manual",
      headers: {
        ...(body === null ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = this.#read(found, response, text);
    if (response.status < 400) this.seenGood.add(id);
    return { status: response.status, body: answer };
  }

  #read({ id, operation }: DocumentedOperation, response: Response, text: string): unknown {
    const { status } = response;
    const documented = operation.responses[status];
    if (documented === undefined) throw new Error(`${id} was answered with ${status}: ${text}`);
    const content = Object.entries(documented.content ?? {});
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    if (content.length === 0) {
      if (text !== "") throw new Error(`${id} was answered with a body: ${text}`);
      return null;
    }
    const schema = content.find(([name]) => name === type)?.[1].schema;
    if (schema === undefined) throw new Error(`${id} was answered with ${type}`);
    const body: unknown = type === "application/json" ? JSON.parse(text) : text;
    const validate = this.#ajv.compile(
      closed({ ...schema, components: this.document.components }) as JsonSchema,
    );
    if (!validate(body)) {
      const problems = this.#ajv.errorsText(validate.errors);
      throw new Error(`${id} was answered with ${status} ${text}: ${problems}`);
    }
    return body;
  }
}

/** The same with no fields but those that are named, wherever some are. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const isClosed = "properties" in schema && !("additionalProperties" in schema);
  return Object.fromEntries([...entries, ...(isClosed ? [["additionalProperties", false]] : [])]);
}
