import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const handedOut = new Set<number>();

/**
 * A TCP port on 127.0.0.1 that nobody listens on at this moment, never the same twice in one
 * process. Another process may still take it before you do: whatever can listen on port 0 should.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await tryPort(0);
    if (port !== null && !handedOut.has(port)) return handOut(port);
  }
}

/** Below what systems use for outgoing connections, and below where Taskpulse's own Redis lies. */
const SERVER_PORTS = { from: 10_000, to: 20_000 } as const;

/**
 * Like `freePort`, for a server that will go away and come back: no outgoing connection can take
 * the port meanwhile.
 */
export async function freeServerPort(): Promise<number> {
  for (;;) {
    const port = await tryPort(randomInt(SERVER_PORTS.from, SERVER_PORTS.to));
    if (port !== null && !handedOut.has(port)) return handOut(port);
  }
}

function handOut(port: number): number {
  handedOut.add(port);
  return port;
}

/** The port that was given, null when it is taken. */
async function tryPort(wanted: number): Promise<number | null> {
  const server = createServer();
  server.listen(wanted, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return null;
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port was given");
  return address.port;
}
