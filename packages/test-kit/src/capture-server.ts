import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type UntilOptions, until } from "./until.ts";

export interface CapturedRequest {
  readonly method: string;
  /** Path and query: `/hook?x=1`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The raw bytes, decoded as UTF-8. */
  readonly body: string;
  /** When the whole body was there, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON; default: no body. */
  readonly body?: unknown;
  /** Wait before answering. */
  readonly delayMs?: number;
}

/** `"reset"` breaks the connection instead of answering, `"hang"` never answers. */
export type Reply = Answer | "reset" | "hang";

export interface CaptureServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Everything received so far, in order of arrival. */
  readonly requests: readonly CapturedRequest[];
  /** How to answer from now on: always the same, or decided per request. */
  answer(reply: Reply | ((request: CapturedRequest) => Reply | Promise<Reply>)): void;
  /** Resolves with all requests once there are at least `count`. */
  received(count: number, options?: UntilOptions): Promise<readonly CapturedRequest[]>;
}

/** An HTTP server on 127.0.0.1 that records what it is sent and answers as told, 200 at first. */
export async function captureServer(options: { port?: number } = {}): Promise<CaptureServer> {
  const requests: CapturedRequest[] = [];
  const closing = new AbortController();
  let decide: (request: CapturedRequest) => Reply | Promise<Reply> = () => ({});

  const server = createServer(async (incoming, outgoing) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const request: CapturedRequest = {
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
        at: Date.now(),
      };
      requests.push(request);
      const reply = await decide(request);
      if (reply === "hang") return;
      if (reply === "reset") {
        incoming.socket.resetAndDestroy();
        return;
      }
      if (reply.delayMs) await sleep(reply.delayMs, undefined, { signal: closing.signal });
      const { body } = reply;
      const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
      const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
      outgoing.writeHead(reply.status ?? 200, { "content-type": type, ...reply.headers });
      outgoing.end(text);
    } catch {
      // The caller went away or the server is closing: there is nobody left to answer.
      incoming.socket.destroy();
    }
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    answer(reply) {
      decide = typeof reply === "function" ? reply : () => reply;
    },
    async received(count, untilOptions) {
      await until(() => requests.length >= count, {
        what: `${count} requests to arrive`,
        ...untilOptions,
      });
      return requests;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
