import type { Side } from "./ledger.ts";
import { pause } from "./task-sender.ts";

const ANSWER_LIMIT_MS = 3_000;
const AGAIN_MS = 50;

export interface ApiRequest {
  readonly path: string;
  readonly body?: object;
  /** What names the request, so that it happens once. */
  readonly key?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface Insistence {
  /** Who is asked first. */
  readonly first: Side;
  /** How long it may take in all. */
  readonly limit: AbortSignal;
  /** Called before each try. */
  readonly onTry?: () => void;
  /** Answers that may be others later, besides 5xx and 429. */
  readonly passing?: readonly number[];
}

/** POSTs to the consumers in turn, until one answers for good. Null when none does within the limit. */
export async function insist(
  origins: Readonly<Record<Side, string>>,
  { path, body, key }: ApiRequest,
  { first, limit, onTry = () => {}, passing = [] }: Insistence,
): Promise<ApiAnswer | null> {
  const init: RequestInit = {
    method: "POST",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  for (let side = first; !limit.aborted; side = side === "A" ? "B" : "A") {
    onTry();
    const answer = await ask(origins[side] + path, init);
    const { status = 503 } = answer ?? {};
    if (status < 500 && status !== 429 && !passing.includes(status)) return answer;
    await pause(AGAIN_MS, limit);
  }
  return null;
}

async function ask(url: string, init: RequestInit): Promise<ApiAnswer | null> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    return { status: response.status, body: await response.json() };
  } catch {
    return null;
  }
}
