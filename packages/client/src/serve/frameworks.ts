/**
 * What frameworks hand over, as far as it is used: a program that uses one need not have the types of
 * the others.
 */

/** As much of `http.IncomingMessage` as is used, so that no types of Node.js are needed. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: NodeHeaders;
}

type NodeHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** As much of `http.ServerResponse` as is used. */
export interface NodeResponse {
  readonly writableFinished: boolean;
  once(event: "close", listener: () => void): unknown;
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body?: string): unknown;
}

export interface FastifyRouteOptions {
  /** The route's path: `/multiply`. */
  url: string;
  /** Other options of the route, such as `preHandler`, go on to Fastify. */
  [option: string]: unknown;
}

/** As much of Fastify's instance as is used, so that its types are not needed. */
export interface FastifyScope {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    options: { parseAs: "buffer" },
    parser: (
      request: unknown,
      body: Uint8Array,
      done: (error: null, body: Uint8Array) => void,
    ) => void,
  ): unknown;
  route(options: FastifyRoute): unknown;
}

interface FastifyRoute {
  url: string;
  method: string[];
  bodyLimit: number;
  handler(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  errorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown;
}

interface FastifyRequest {
  readonly raw: NodeRequest;
  readonly method: string;
  readonly body: unknown;
}

export interface FastifyReply {
  readonly raw: NodeResponse;
  code(status: number): FastifyReply;
  headers(headers: Record<string, string>): FastifyReply;
  send(body?: unknown): FastifyReply;
}
