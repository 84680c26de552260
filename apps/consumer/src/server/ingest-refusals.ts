import { Counter, type Notices, type Registry } from "@taskpulse/runtime";
import type { SignatureProblem } from "./ingest-signature.ts";

export type RefusalReason =
  | `signature_${SignatureProblem}`
  | "address_rate"
  | "key_rate"
  | "report_token";

const SENTENCES: Readonly<Record<RefusalReason, string>> = {
  signature_missing: "requests without a signature were refused",
  signature_malformed: "requests with a signature that can't be checked were refused",
  signature_stale: "requests that were signed too long ago, or ahead of time, were refused",
  signature_mismatch: "requests with a signature of no secret known here were refused",
  address_rate: "addresses sent more than INGEST_RATE_LIMIT allows and were refused",
  report_token: "reports with a token that is not the task's were refused",
  key_rate: "a signing key was used more than INGEST_RATE_LIMIT allows and was refused",
};

/**
 * What an operator learns of senders that were refused: counters without addresses, lines with them.
 * Neither holds anything else that the sender chose.
 */
export class IngestRefusals {
  readonly #notices: Notices;
  readonly #counter: Counter;

  constructor(metrics: Registry, notices: Notices) {
    this.#notices = notices;
    this.#counter = new Counter({
      name: "taskpulse_ingest_refused_total",
      help: "Incoming webhooks refused for their signature or their rate, by reason.",
      labelNames: ["reason"],
      registers: [metrics],
    });
    // From the start, so that the first one is an increase.
    for (const reason of Object.keys(SENTENCES)) this.#counter.inc({ reason }, 0);
  }

  add(reason: RefusalReason, address: string): void {
    this.#counter.inc({ reason });
    this.#notices.tell(reason, SENTENCES[reason], address);
  }
}
