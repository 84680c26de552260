import { parseSecrets, type SignedHeaders, signWebhook } from "@taskpulse/webhook";

/** Known to everyone who reads this: only for servers that a benchmark starts and ends. */
export const BENCH_SECRET = `whsec_${Buffer.alloc(32, "taskpulse-bench").toString("base64")}`;

const parsed = parseSecrets(BENCH_SECRET);
if (parsed.kind === "invalid") throw new Error(parsed.reason);
const [secret] = parsed.secrets;

export interface BenchRequest {
  headers: Partial<SignedHeaders> & { "content-type": "application/json" };
  body: string;
}

export function signedRequest(id: string, body: string): BenchRequest {
  const signed = signWebhook({ id, body, nowMs: Date.now(), secret });
  return { headers: { "content-type": "application/json", ...signed }, body };
}
