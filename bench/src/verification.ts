import { parseSecrets, signWebhook, verifyWebhook } from "@taskpulse/webhook";
import { median } from "./ingest.ts";
import { BENCH_SECRET } from "./signed.ts";

export interface VerificationFigures {
  bodyBytes: number;
  rounds: number[];
  /** Microseconds for one verification. */
  medianMicroseconds: number;
}

const PER_ROUND = 20_000;

/** What verifying one signed webhook costs the process that receives it. */
export function measureVerification(bodyBytes: number, rounds: number): VerificationFigures {
  const parsed = parseSecrets(BENCH_SECRET);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  const { secrets } = parsed;
  const body = Buffer.alloc(bodyBytes, "x");
  const nowMs = Date.now();
  const headers = { ...signWebhook({ id: "msg", nowMs, body, secret: secrets[0] }) };
  const each = Array.from({ length: rounds + 1 }, () => {
    const beganAt = performance.now();
    for (let i = 0; i < PER_ROUND; i++) {
      const answer = verifyWebhook({ headers, body, secrets, nowMs, toleranceSeconds: 300 });
      if (answer.kind !== "verified") throw new Error(`the signature is ${answer.kind}`);
    }
    return ((performance.now() - beganAt) * 1_000) / PER_ROUND;
  });
  // The first round warms up.
  const measured = each.slice(1);
  return { bodyBytes, rounds: measured, medianMicroseconds: median(measured) };
}
