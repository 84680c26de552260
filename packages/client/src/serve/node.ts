import type { Endpoint } from "./endpoint.ts";
import type { Incoming } from "./exchange.ts";
import type { NodeRequest, NodeResponse } from "./frameworks.ts";
import { readAll } from "./web.ts";

export async function answerNode(
  endpoint: Endpoint,
  request: NodeRequest,
  response: NodeResponse,
): Promise<void> {
  const { status, headers, body } = await endpoint.answer({
    ...headOf(request, response),
    // Whoever sends too much is still told so: Node.js passes over the rest.
    body: (limit) => readAll(request, limit),
  });
  response.writeHead(status, { ...headers });
  response.end(body ?? undefined);
}

export function headOf(request: NodeRequest, response: NodeResponse): Omit<Incoming, "body"> {
  const { url = "", headers, method = "GET" } = request;
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Error("the caller has gone"));
  });
  return {
    method,
    query: url.includes("?") ? url.slice(url.indexOf("?") + 1) : "",
    signal: gone.signal,
    header(name) {
      const value = headers[name];
      return (Array.isArray(value) ? value.join(", ") : value) ?? null;
    },
  };
}
