import { Counter, Gauge, Histogram, type Registry } from "@taskpulse/runtime";
import type { FinishOutcome } from "@taskpulse/store";
import type { TryResult } from "./judge-try.ts";

/** What Prometheus is told of the webhooks that this worker makes and sends. */
export class DeliveryMetrics {
  readonly #registry: Registry;
  readonly #tries: Counter<"outcome" | "error">;
  readonly #seconds: Histogram;
  readonly #ended: Counter<"state">;
  readonly #circuits: Counter<"change">;
  readonly #made: Counter<"how">;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#tries = new Counter({
      ...{ registers, name: "taskpulse_webhook_tries_total", labelNames: ["outcome", "error"] },
      help: "Tries to deliver a result webhook, by outcome; failed ones by the type of error.",
    });
    this.#seconds = new Histogram({
      ...{ registers, name: "taskpulse_webhook_try_seconds" },
      help: "How long tries to deliver a result webhook took.",
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
    });
    this.#ended = new Counter({
      ...{ registers, name: "taskpulse_webhooks_total", labelNames: ["state"] },
      help: "Result webhooks that came to rest here: delivered, or failed for good.",
    });
    this.#circuits = new Counter({
      ...{ registers, name: "taskpulse_webhook_circuits_total", labelNames: ["change"] },
      help: "Circuits of addresses that were opened or closed here, and addresses and subscriptions that answered 410.",
    });
    this.#made = new Counter({
      ...{ registers, name: "taskpulse_webhooks_made_total", labelNames: ["how"] },
      help: "Result webhooks that were made here; failed: too much waited for their address already.",
    });
  }

  made(how: "made" | "failed", count: number): void {
    if (count > 0) this.#made.inc({ how }, count);
  }

  tried(result: TryResult, ms: number): void {
    const error = result.kind === "delivered" ? "" : result.error.type;
    this.#tries.inc({ outcome: error === "" ? "delivered" : "failed", error });
    this.#seconds.observe(ms / 1_000);
  }

  ended({ state, news }: Extract<FinishOutcome, { kind: "recorded" }>): void {
    if (state === "delivered" || state === "failed") this.#ended.inc({ state });
    if (news !== null) this.#circuits.inc({ change: news });
  }

  countUnderWay(count: () => number): void {
    new Gauge({
      name: "taskpulse_webhooks_under_way",
      help: "Result webhooks that this process is sending.",
      registers: [this.#registry],
      collect() {
        this.set(count());
      },
    });
  }
}
