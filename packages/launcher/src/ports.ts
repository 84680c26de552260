import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "../early/refusal.mjs";

/** Below what systems use for outgoing connections, so that none of those can take the port while
 * Redis restarts, and no client that retries can end up connected to itself. */
const REDIS_PORTS = { from: 20_000, to: 32_000 } as const;

export interface WantedPort {
  readonly host: string;
  readonly port: number;
  /** The variable that changes it, for the sentence. */
  readonly variable: string;
}

/**
 * @param patienceMs How long a busy port may take to become free: parts of an instance that was
 * killed a moment ago are still stopping.
 * @throws Refusal naming the port and the variable to change.
 */
export async function expectPortFree(
  wanted: WantedPort,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const problem = await tryListening(wanted.host, wanted.port);
    if (problem === undefined) return;
    if (problem !== "EADDRINUSE" || performance.now() > deadline) {
      throw new Refusal(portSentence(wanted, problem, process.platform));
    }
    await sleep(100, undefined, { signal });
  }
}

export function portSentence(
  { host, port, variable }: WantedPort,
  problem: string,
  platform: NodeJS.Platform,
): string {
  switch (problem) {
    case "EADDRINUSE": {
      const airPlay =
        platform === "darwin" && port === 5000
          ? " (on macOS often AirPlay Receiver, which System Settings → General → AirDrop & Handoff turns off)"
          : "";
      return `Port ${port} is already in use${airPlay}: free it, or choose another with ${variable}.`;
    }
    case "EACCES":
      return `Port ${port} may not be opened by this user: choose one above 1023 with ${variable}.`;
    case "EADDRNOTAVAIL":
      return `HOST ${host} is not an address of this machine; use 127.0.0.1.`;
    default:
      return `Port ${port} on ${host} can't be opened (${problem}): choose another with ${variable}.`;
  }
}

export async function freeRedisPort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = randomInt(REDIS_PORTS.from, REDIS_PORTS.to);
    if ((await tryListening("127.0.0.1", port)) === undefined) return port;
  }
  throw new Refusal(
    `No free port for Redis was found between ${REDIS_PORTS.from} and ${REDIS_PORTS.to}.`,
  );
}

/** The error's code, or undefined when listening there works. */
function tryListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
