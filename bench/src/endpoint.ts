import { createServer } from "node:http";

/** An endpoint of callback tasks: answers at once, or after `delayMs`, and notes when each call came. */
const [port, delayMs] = process.argv.slice(2).map(Number);
const REPLY = JSON.stringify({ status: "success", retval: 1 });
let arrivals: Record<string, number> = {};
let calls: Record<string, number> = {};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const id = searchParams.get("id");
  if (id !== null) arrivals[id] ??= performance.timeOrigin + performance.now();
  calls[pathname] = (calls[pathname] ?? 0) + 1;
  const answer = () =>
    response
      .writeHead(200, { "content-type": "application/json", "content-length": REPLY.length })
      .end(REPLY);
  if (delayMs) setTimeout(answer, delayMs);
  else answer();
});
server.keepAliveTimeout = 60_000;
server.listen(port, "127.0.0.1", () => process.send?.("ready"));
process.on("message", () => {
  process.send?.({ arrivals, calls });
  arrivals = {};
  calls = {};
});
process.on("SIGTERM", () => process.exit(0));
