import type { Endpoint } from "./endpoint.ts";
import type { Incoming } from "./exchange.ts";

/** Web standard: what route handlers of Next.js, Hono, Bun, Deno and others are. */
export async function answerWeb(endpoint: Endpoint, request: Request): Promise<Response> {
  if (typeof request?.headers?.get !== "function") {
    throw new TypeError(
      "this takes a Request; in Fastify register its `fastify`, in node:http use its `node`",
    );
  }
  const { status, headers, body } = await endpoint.answer(incomingOf(request));
  return new Response(body, { status, headers });
}

function incomingOf(request: Request): Incoming {
  return {
    method: request.method,
    query: new URL(request.url).search.slice(1),
    signal: request.signal,
    header: (name) => request.headers.get(name),
    body: async (limit) =>
      request.body === null ? new Uint8Array() : readAll(request.body, limit),
  };
}

/** @returns null when there is more than `limit` bytes, of which no more is read */
export async function readAll(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Uint8Array | null> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) return null;
    all.push(chunk);
  }
  return Buffer.concat(all);
}
